"""Every reason for refusing a package, each with its own sentence; whatever it is, nothing was applied."""

from __future__ import annotations

from enum import StrEnum

from desktop.common.errors import PackageRefused, XiangceError

KEPT = "没有合并任何内容，册未受影响；"


class Reason(StrEnum):
    """Why a package was refused, in the order of the checks."""

    EMPTY = "empty"
    TOO_LARGE = "too-large"
    NOT_A_PACKAGE = "not-a-package"
    TEXT_MANGLED = "text-mangled"
    NEWER_FORMAT = "newer-format"
    UNKNOWN_SUITE = "unknown-suite"
    HEADER_DAMAGED = "header-damaged"
    TRUNCATED = "truncated"
    TRAILING = "trailing"
    OTHER_PROGRAMME = "other-programme"
    NOT_ENROLLED = "not-enrolled"
    UNKNOWN_SENDER = "unknown-sender"
    REVOKED = "revoked"
    EXPIRED = "expired"
    BAD_SIGNATURE = "bad-signature"
    SAME_ID_OTHER_CONTENT = "same-id-other-content"
    NOT_FOR_US = "not-for-us"
    NOT_DECRYPTED = "not-decrypted"
    BODY_DAMAGED = "body-damaged"
    HASH_MISMATCH = "hash-mismatch"
    TOO_MANY = "too-many"
    BOMB = "bomb"
    TOO_DEEP = "too-deep"
    NEWER_SCHEMA = "newer-schema"
    COUNT_MISMATCH = "count-mismatch"
    OPERATIONS_DAMAGED = "operations-damaged"
    STATEMENTS_DAMAGED = "statements-damaged"
    FOREIGN_OPERATIONS = "foreign-operations"


_SENTENCES: dict[Reason, tuple[str, str]] = {
    Reason.EMPTY: ("数据包是空的或只有几个字节", "请从对方电脑重新复制。"),
    Reason.TOO_LARGE: ("数据包大得不合常理", "请与发送方核对是否选错了文件。"),
    Reason.NOT_A_PACKAGE: ("这个文件不是乡册的数据包", "请核对文件，数据包的扩展名是 .xcp。"),
    Reason.TEXT_MANGLED: ("数据包在传送时被当作文本改写过", "请用 U 盘或按二进制方式重新传送。"),
    Reason.NEWER_FORMAT: ("数据包由更新版本的程序制作，格式本机不认识", "请升级本机程序后再合并。"),
    Reason.UNKNOWN_SUITE: ("数据包使用了本机不支持的密码套件", "请升级本机程序或请对方改用通用套件。"),
    Reason.HEADER_DAMAGED: ("数据包的包头已损坏", "请从对方电脑重新复制。"),
    Reason.TRUNCATED: ("数据包不完整，后面缺了一段", "多半是复制时中断，请从对方电脑重新复制。"),
    Reason.TRAILING: ("数据包后面多出了不属于它的内容", "请从对方电脑重新复制。"),
    Reason.OTHER_PROGRAMME: ("数据包属于另一个项目，不是本册所在的项目", "请核对文件来源。"),
    Reason.NOT_ENROLLED: ("本册还没有加入任何项目，不能合并数据包", "请先完成入册登记。"),
    Reason.UNKNOWN_SENDER: ("数据包由一台未经登记的电脑制作", "请发送方先办理入册登记，或先合并带有其证书的下发包。"),
    Reason.REVOKED: ("制作数据包的电脑已被停用，这个包在停用之后制作", "请与县级管理员联系。"),
    Reason.EXPIRED: ("制作数据包的电脑的证书不在有效期内", "请发送方换发证书后重新导出。"),
    Reason.BAD_SIGNATURE: (
        "数据包的签名不符，内容被改动过或已损坏",
        "请从对方电脑重新复制；再次出现请报告县级管理员。",
    ),
    Reason.SAME_ID_OTHER_CONTENT: (
        "数据包的编号与以前合并过的一个包相同，但内容不同",
        "请报告县级管理员核查发送方电脑。",
    ),
    Reason.NOT_FOR_US: ("数据包不是发给本机的，本机解不开", "请核对收件电脑，或请发送方重新导出给本机。"),
    Reason.NOT_DECRYPTED: ("数据包的内容解密失败", "请发送方重新导出。"),
    Reason.BODY_DAMAGED: ("数据包的内容清单不合规定", "请发送方重新导出；再次出现请报告县级管理员。"),
    Reason.HASH_MISMATCH: ("数据包中一部分内容与清单上的校验值不符", "请发送方重新导出。"),
    Reason.TOO_MANY: ("数据包列出的内容超过允许的数量", "请发送方分次导出；再次出现请报告县级管理员。"),
    Reason.BOMB: ("数据包的内容解压后大小与清单不符或超过上限", "请报告县级管理员核查发送方电脑。"),
    Reason.TOO_DEEP: ("数据包的内容嵌套过深或单项过大", "请报告县级管理员核查发送方电脑。"),
    Reason.NEWER_SCHEMA: ("数据包来自更新版本的程序，本机版本读不了其中的资料", "请升级本机程序后再合并。"),
    Reason.COUNT_MISMATCH: ("数据包的条数与包头所写不符", "请发送方重新导出。"),
    Reason.OPERATIONS_DAMAGED: ("数据包中的变更记录不合规定", "请发送方重新导出；再次出现请报告县级管理员。"),
    Reason.STATEMENTS_DAMAGED: (
        "数据包夹带的证书或停用名单不合规定",
        "请发送方重新导出；再次出现请报告县级管理员。",
    ),
    Reason.FOREIGN_OPERATIONS: (
        "数据包夹带了别的电脑的变更，而发送方没有转送权限",
        "请由原电脑自行导出，或由县级转送。",
    ),
}


class Refused(PackageRefused):
    """A package was refused for `reason`; nothing was applied and the file is left as it is."""

    def __init__(self, reason: Reason) -> None:
        what, hint = _SENTENCES[reason]
        super().__init__(f"{what}，{KEPT}", hint=hint)
        self.reason = reason


class AlreadyMerged(XiangceError):
    """This very package was merged before: nothing to do, and no error for the command line."""

    exit_code = 0

    def __init__(self, package_id: bytes) -> None:
        super().__init__("此包已合并，没有新的变化。")
        self.package_id = package_id
