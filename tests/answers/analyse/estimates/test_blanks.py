"""What blanks do to a sheet: the cases are the judge's, and the review page's script knows them."""

import json
import shutil
import subprocess

from tests.answers.analyse.estimates.blanks import FILE, VERDICTS, content
from tests.installation import ROOT

CASES = json.loads(FILE.read_text(encoding="utf-8"))
SCRIPT = ROOT / "survey_app" / "answers" / "client" / "static" / "validity.js"
AS_THE_PAGE = """
const { counts } = await import(`data:text/javascript,${encodeURIComponent(SCRIPT)}`);
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
            const judged = (blank) => counts(rule, asked, sheet(text, blank));
            const [first, filled] = [judged(''), judged('9')];
            const expected = [verdict === 'valid', ['valid', 'mended'].includes(verdict)];
            if (first !== expected[0] || (text.includes('-') && filled !== expected[1]))
                console.log(name, number, text, verdict, first, filled);
        }
}
console.log('done');
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


def test_the_page_on_which_answers_are_read_again_says_what_the_judge_will_say():
    node = shutil.which("node")
    assert node, "`make programs` installs Node"
    constants = [f"const CASES = {FILE.read_text(encoding='utf-8')};"]
    constants.append(f"const SCRIPT = {json.dumps(SCRIPT.read_text(encoding='utf-8'))};")
    output = subprocess.run(
        [node, "--input-type=module"],
        input="\n".join([*constants, AS_THE_PAGE]),
        capture_output=True,
        check=True,
        encoding="utf-8",
        timeout=60,
    ).stdout

    assert output == "done\n"
