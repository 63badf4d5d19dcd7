"""Who holds codes learns nothing of them by asking; by spending one, that it was spent."""

from tests.linkage.attackers import codes
from tests.linkage.insiders import inside, posted


def test_no_question_tells_a_code_that_was_used_from_one_that_was_not(tmp_path):
    with inside(tmp_path, posted()) as campaign:
        learned = codes.attack(campaign)

    assert learned.from_a_new_list.linked == 0
    assert learned.by_polling.linked == 0
    assert learned.from_replaced_codes.linked == 0
    assert learned.by_spending.share == 1
