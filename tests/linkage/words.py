"""What the tables of the threat models call each attacker, in both languages."""

from collections.abc import Mapping

CELLS = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "en": "none", "zh": "不设"}
HEADS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "run": "The last run took {minutes} minutes (seed {seed}).",
        "parts": "These figures come from several runs of parts of it (seed {seed}).",
        "order": "engine | moment | strata",
        "insiders": "attacker | engine | learned | by chance | limit | of",
        "weaknesses": "engine | known weakness | linked | by chance",
    },
    "zh": {
        "run": "最近一次运行用了 {minutes} 分钟（种子 {seed}）。",
        "parts": "这些数字来自分几次进行的运行（种子 {seed}）。",
        "order": "引擎 | 时刻 | 层数",
        "insiders": "攻击者 | 引擎 | 得知 | 瞎猜 | 界限 | 总数",
        "weaknesses": "引擎 | 已知的弱点 | 对上 | 瞎猜",
    },
}
_PAIRS = {
    "during collection": ("during collection", "收集期间"),
    "during collection, by files": ("during collection, by files", "收集期间，读文件"),
    "after the close": ("after the close", "结束之后"),
    "receipts, after the keeper": (
        "after the keeper: receipt to stripped ballot",
        "保管人解封之后：从回执到答卷",
    ),
    "after the opening": ("after the opening: person to sheet", "开箱之后：从人到答案"),
    "receipts, after the opening": (
        "after the opening: receipt to sheet",
        "开箱之后：从回执到答案",
    ),
    "a list made again": (
        "manager: makes the list again, asks the issuer about the new codes",
        "管理员：重做名单，再向签发方查询新码",
    ),
    "codes polled": (
        "manager: asks about every code after every answer",
        "管理员：每有一人作答，就把全部邀请码查询一遍",
    ),
    "replaced codes": (
        "holder of replaced codes: asks the issuer about them",
        "持有已被替换的码的人：向签发方查询",
    ),
    "codes spent": (
        "holder of codes: spends them (the person notices)",
        "持有邀请码的人：把码用掉（本人会发现）",
    ),
    "nine known ballots of ten": (
        "manager with nine of ten codes: casts known ballots, items of the tenth",
        "持有十个码中九个的管理员：投入已知的答卷，推出第十份的各题",
    ),
    "opening key, before the close": (
        "statistician: tries the opening key on the live store",
        "统计员：收集期间拿开箱密钥试答卷库",
    ),
    "opening key and an old copy": (
        "statistician: tries the opening key on an old copy, after the close",
        "统计员：结束之后拿开箱密钥试旧副本",
    ),
    "keeper's key, before the close": (
        "seal keeper: tries the keeper's key on the live store",
        "封印保管人：收集期间拿自己的密钥试答卷库",
    ),
    "sizes of backups": (
        "sees the sizes of hourly backups, without a key",
        "只看每小时备份的大小，没有密钥",
    ),
    "hourly backups with their keys": (
        "hourly backups of both sides, with their keys",
        "两方每小时的备份及其密钥",
    ),
    "daily backups with their keys": (
        "daily backups of both sides, with their keys",
        "两方每天的备份及其密钥",
    ),
    "one of the backups with their keys": (
        "one backup of each side, with its key",
        "两方各一份备份及其密钥",
    ),
    "hourly copies of the live stores": (
        "hourly copies of both live stores: person to receipt",
        "每小时复制运行中的两个库：从人到回执",
    ),
    "daily copies of the live stores": (
        "daily copies of both live stores: person to receipt",
        "每天复制运行中的两个库：从人到回执",
    ),
    "one of the copies of the live stores": (
        "one copy of both live stores: person to receipt",
        "复制一次运行中的两个库：从人到回执",
    ),
    "a plan: strata of one person": ("planner: strata of one person", "设计者：每层一人"),
    "a plan: samples of nine": ("planner: samples of nine", "设计者：样本九人"),
    "a plan: populations of ten": ("planner: populations of ten", "设计者：总体十人"),
    "a plan: twelve strata of one name": (
        "planner: twelve strata of one name",
        "设计者：十二层同名",
    ),
    "a plan: one name in English alone": (
        "planner: the same, in English alone",
        "设计者：同上，只有英文同名",
    ),
    "a plan: names that differ by spaces": (
        "planner: names that differ by spaces",
        "设计者：名称只差空格",
    ),
    "a plan: names that differ by what is not seen": (
        "planner: names that differ by what is not seen",
        "设计者：名称只差看不见的字符",
    ),
    "counts polled: issue": (
        "reads all pages of the issuer after every answer",
        "每有一人作答，就把签发站点的全部页面读一遍",
    ),
    "counts polled: respond": (
        "reads all pages for respondents after every answer",
        "每有一人作答，就把答卷站点的全部页面读一遍",
    ),
    "counts polled: manage": (
        "manager: reads all pages after every answer",
        "管理员：每有一人作答，就把全部页面读一遍",
    ),
    "counts polled: analyse": (
        "statistician: reads all pages after every answer",
        "统计员：每有一人作答，就把全部页面读一遍",
    ),
    "a phone: the page's storage, by a link": (
        "finder of a phone: code, answers, names of items in the page's storage, after a link",
        "拾到手机的人：由链接作答后，网页留下的邀请码、答案、题目名称",
    ),
    "a phone: the page's storage, code typed": (
        "finder of a phone: the page's storage, after a code was typed",
        "拾到手机的人：手工输入邀请码后，网页留下的同样三项",
    ),
    "a phone: what the browser keeps, by a link": (
        "finder of a phone: the same in history and sessions, after a link",
        "拾到手机的人：由链接作答后，浏览器历史和会话里的同样三项",
    ),
    "a phone: what the browser keeps, code typed": (
        "finder of a phone: history and sessions, after a code was typed",
        "拾到手机的人：手工输入邀请码后，浏览器历史和会话里的同样三项",
    ),
    "autoincrement key": ("autoincrement key", "自增主键"),
    "timestamp": ("timestamp", "时间戳"),
    "write-ahead log": ("write-ahead log", "预写日志"),
    "no pool": ("no pool", "没有等候池"),
    "one cluster": ("one cluster", "两方共用一个集群"),
}
WORDS: Mapping[str, Mapping[str, str]] = {
    name: {"en": english, "zh": chinese} for name, (english, chinese) in _PAIRS.items()
}
