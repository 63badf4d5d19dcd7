"""What blanks do to a sheet: the cases are the judge's, and the review page's script knows them."""

import json
import shutil
import subprocess

import numpy as np

import questionnaires
from survey_app.answers.analyse.estimates.validity import judge
from survey_app.documents.validity import presets
from tests.answers.analyse.estimates.blanks import FILE, VERDICTS, content
from tests.installation import ROOT

CASES = json.loads(FILE.read_text(encoding="utf-8"))
SCRIPT = ROOT / "survey_app" / "answers" / "client" / "static" / "validity.js"
AS_THE_PAGE = """
const { faultsOf } = await import(`data:text/javascript,${encodeURIComponent(SCRIPT)}`);
const sheet = (text, blank) => {
    const answers = [...text].map((answer, place) => [`item${place}`, answer.replace('-', blank)]);
    const there = answers.filter(([, answer]) => answer);
    return Object.fromEntries(there.map(([code, answer]) => [code, +answer]));
};
for (const { rule: name, items: number, attention, ...sheets } of CASES.groups) {
    const [screening, ...others] = [...'.'.repeat(number + 1 + attention)].map((_, place) => ({
        code: `item${place}`,
    }));
    const asked = {
        screening,
        items: others.slice(0, number),
        attention: others[number] ?? null,
    };
    const rule = CASES.rules[name];
    for (const [verdict, texts] of Object.entries(sheets))
        for (const text of texts) {
            const judged = (blank) => !faultsOf(rule, asked, sheet(text, blank)).includes('few');
            const [first, filled] = [judged(''), judged('9')];
            const expected = [verdict === 'valid', ['valid', 'mended'].includes(verdict)];
            if (first !== expected[0] || (text.includes('-') && filled !== expected[1]))
                console.log(name, number, text, verdict, first, filled);
        }
}
console.log('done');
"""
BY_THE_PAGE = """
const { faultsOf } = await import(`data:text/javascript,${encodeURIComponent(SCRIPT)}`);
const valid = ({ rule, questionnaire, sheets }) =>
    sheets.map((sheet) => {
        const items = [questionnaire.screening, ...questionnaire.items, questionnaire.attention];
        const answers = items.map(({ code }, place) => [code, sheet[place]]);
        const there = Object.fromEntries(answers.filter(([, answer]) => answer !== 255));
        return faultsOf(rule, questionnaire, there).length === 0;
    });
console.log(JSON.stringify(INPUT.map(valid)));
"""


def usual_group():
    """The shape of the external questionnaire under the rule of campaigns that name none."""
    return next(
        group for group in CASES["groups"] if group["rule"] == "standard-1" and group["items"] == 6
    )


def test_the_file_says_what_the_judge_says():
    assert content() == CASES


def test_the_usual_rule_forgives_one_blank_of_six_and_no_blank_screening():
    group = usual_group()

    assert "100000-9" in group["valid"]
    assert "10000--9" in group["mended"]
    assert "-0000009" in group["mended"]
    assert "0-------" in group["valid"]  # without dealings nothing else applies


def test_every_verdict_has_cases():
    for verdict in VERDICTS:
        assert any(group[verdict] for group in CASES["groups"])


def in_node(program, **constants):
    """What a program prints that has the script of the page, and constants."""
    node = shutil.which("node")
    assert node, "`make programs` installs Node"
    constants["SCRIPT"] = SCRIPT.read_text(encoding="utf-8")
    lines = [f"const {name} = {json.dumps(value)};" for name, value in constants.items()]
    return subprocess.run(
        [node, "--input-type=module"],
        input="\n".join([*lines, program]),
        capture_output=True,
        check=True,
        encoding="utf-8",
        timeout=60,
    ).stdout


def test_the_page_on_which_answers_are_read_again_says_what_the_judge_will_say():
    assert in_node(AS_THE_PAGE, CASES=CASES) == "done\n"


def test_the_page_calls_valid_what_the_judge_does_under_every_rule():
    rng = np.random.default_rng(1)
    cases = [
        (rule, questionnaires.load(name))
        for rule in presets().values()
        for name in ("external", "internal")
    ]
    piles = [
        rng.choice([0, 1, 8, 9, 255], (400, len(asked.codes)), p=[0.2, 0.5, 0.1, 0.1, 0.1])
        for _, asked in cases
    ]
    for pile in piles:
        pile[:5, 1:-1] = 1  # all yes
        pile[3:8, 0] = 0
    entries = [
        {
            "rule": rule.model_dump(mode="json"),
            "questionnaire": asked.model_dump(mode="json"),
            "sheets": pile.tolist(),
        }
        for (rule, asked), pile in zip(cases, piles, strict=True)
    ]

    verdicts = json.loads(in_node(BY_THE_PAGE, INPUT=entries))

    assert not all(verdicts[2])
    for (rule, asked), pile, verdict in zip(cases, piles, verdicts, strict=True):
        expected = judge(rule, asked, pile.astype(np.uint8)).valid.tolist()
        assert verdict == expected, rule.preset
