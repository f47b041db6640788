"""Prints the same asset register with our layouter and with a plain reportlab canvas, and compares them.

    python -m tests.bench.bench_register_pdf [--rows 30000] [--repeat 3]

Each run is a process of its own; CPU seconds are its user and system time from start to end (imports, fonts and making
the rows included), memory is its peak resident set. The plain canvas does less: rows of one height, texts made
smaller to fit instead of wrapped, one font, no groups, floats for money. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻"
GIVEN = "样例仿拟虚试模"
RARE = "㛃𬭊𫖯𠅤䶮喆堃"
KINDS = ("光伏电站", "饮水工程", "村级道路", "帮扶车间", "保鲜冷库", "养殖大棚", "变压器", "提灌站", "蓄水池", "果园")
FUNDS = ("中央专项资金", "省级财政资金", "东西部协作", "行业部门")
CLASSES = ("经营性", "公益性", "到户类")
STATES = ("正常", "低效", "闲置", "损毁")
NOTES = (None, "已确权", "移交村级管理", "待核查", "与邻村共建共用，收益按协议分成，每年年底结算")
UNITS = "座套条台口亩"
TITLES = (
    "序号", "资产编号", "资产名称", "规格型号", "单位", "数量", "原值",
    "购建时间", "资金来源", "类别", "权属", "管护责任人", "状态", "备注",
)
TITLE, DAY = "××县帮扶项目资产登记台账", "2026 年 7 月 1 日"
PER_VILLAGE = 60
ENGINES = ("ours", "register", "canvas")


def assets(rows: int) -> Iterator[tuple[str, str, str, str, str, int, int, str, str, str, str, str, str, str | None]]:
    """Invented assets, the same each time: village first, then the fourteen columns without the running number."""
    state = 20260701
    for i in range(rows):
        state = (state * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
        r = state >> 20
        village = f"虚拟第{i // PER_VILLAGE + 1}村"
        last = RARE[r % 7] if r % 5 == 0 else GIVEN[r % 7]
        yield (
            village,
            f"FX{2014 + r % 11}{i:06d}",
            f"{KINDS[r % 10]}{r // 10 % 99 + 1}号",
            f"GB/T-{r // 7 % 300}",
            UNITS[r % 6],
            r // 11 % 50 + 1,
            (r // 13 % 900_000 + 1000) * 100 + (r // 17 % 100 if r % 9 == 0 else 0),
            f"20{14 + r % 11}-{r // 19 % 12 + 1:02d}-{r // 23 % 28 + 1:02d}",
            FUNDS[r // 29 % 4],
            CLASSES[r // 31 % 3],
            f"{village}经济联合社",
            SURNAMES[r // 37 % 36] + GIVEN[r // 41 % 7] + last,
            STATES[r // 43 % 4],
            NOTES[r // 47 % 5],
        )


def print_ours(rows: int, path: Path) -> int:
    """Our layouter with the same fourteen columns."""
    from desktop.reports.streamed_pdf import Origin
    from desktop.reports.table_layout import print_tables
    from desktop.reports.table_model import A4_LANDSCAPE, Align, Column, Kind, Table, TableRow, Words

    class Source:
        def __iter__(self) -> Iterator[TableRow]:
            for village, *cells in assets(rows):
                yield TableRow(village, cells[0], (None, *cells))

    least = (0, 5, 7, 4, 2, 3, 4, 5, 6, 3, 7, 4, 2, 6)
    columns = [
        Column(title, weight=width, least=width, align=Align.CENTRE if width == 2 else Align.LEFT)
        for title, width in zip(TITLES, least, strict=True)
    ]
    columns[0] = Column("序号", Kind.SERIAL)
    columns[5] = Column("数量", Kind.COUNT, summed=True, key="count")
    columns[6] = Column("原值", Kind.WAN, summed=True, key="value")
    words = Words(TITLE, "填报单位（盖章）：虚拟县", f"填报日期：{DAY}", "单位：万元", ("填报人：", "审核人："))
    origin = Origin("台账", datetime(2026, 7, 1, tzinfo=UTC))
    (printed,) = print_tables([Table(words, columns, Source())], A4_LANDSCAPE, origin, path)
    return printed.pages


def print_register(rows: int, path: Path) -> int:
    """The product's own A4 register with its eighteen columns, ten of them amounts."""
    from desktop.reports.asset_register import AssetRegisterRow, RegisterHead, print_asset_register

    class Source:
        def __iter__(self) -> Iterator[AssetRegisterRow]:
            for asset in assets(rows):
                village, number, name, spec, unit, count, fen, built, _, kind, owner, keeper, status, note = asset
                half = fen // 2
                yield AssetRegisterRow(
                    number, name, village, None, built[:4], kind, None, spec, str(count), unit, built[:7], "三组", fen,
                    {"central": half, "county": fen - half}, half, fen - half, owner, "村级", keeper, owner, None,
                    "租赁", None, half // 20, half // 30, keeper, status, None, "已公示", note,
                )

    head = RegisterHead(TITLE, "虚拟县", DAY, made_at=datetime(2026, 7, 1, tzinfo=UTC))
    return print_asset_register(Source(), head, path).pages


def print_canvas(rows: int, path: Path) -> int:
    """A plain reportlab canvas: one text object a page, a grid, page subtotals, texts shrunk to fit."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

    from desktop.common.resources import resource_path

    font_path = resource_path("fonts", "NotoSansSC-Regular.ttf")
    pdfmetrics.registerFont(TTFont("S", str(font_path), shapable=False))
    canvas = Canvas(str(path), pagesize=(842, 595), pageCompression=1)
    widths = (28, 78, 92, 62, 24, 32, 62, 56, 70, 44, 76, 54, 32, 72)
    edges = [30]
    for width in widths:
        edges.append(edges[-1] + width)
    measure = pdfmetrics.stringWidth
    sizes: dict[tuple[str, int], float] = {}
    per_page, height = 26, 18
    pages = -(-rows // per_page)

    def line(text: object, y: float, cells: tuple[str, ...]) -> None:
        for column, cell in enumerate(cells):
            if not cell:
                continue
            size = sizes.get((cell, column))
            if size is None:
                size = 7.5
                while size > 4 and measure(cell, "S", size) > widths[column] - 4:
                    size -= 0.5
                sizes[cell, column] = size
            x = edges[column] + 2
            if column in (5, 6):
                x = edges[column + 1] - 2 - measure(cell, "S", size)
            text.setFont("S", size)
            text.setTextOrigin(x, y + 5)
            text.textOut(cell)

    source = assets(rows)
    counts = values = 0
    for page in range(1, pages + 1):
        canvas.setFont("S", 14)
        canvas.drawCentredString(421, 556, TITLE)
        text = canvas.beginText()
        y = 532.0
        line(text, y, TITLES)
        page_count = page_value = 0
        shown = 0
        for number in range((page - 1) * per_page + 1, min(page * per_page, rows) + 1):
            _, *cells = next(source)
            y -= height
            shown += 1
            page_count += cells[4]
            page_value += cells[5]
            written = [str(number), *cells[:4], str(cells[4]), f"{cells[5] / 100:,.2f}", *cells[6:]]
            line(text, y, tuple(cell or "" for cell in written))
        counts += page_count
        values += page_value
        sums = [("本页小计", page_count, page_value)]
        if page == pages:
            sums.append(("合计", counts, values))
        for label, count, value in sums:
            y -= height
            line(text, y, ("", "", label, "", "", str(count), f"{value / 100:,.2f}"))
        canvas.drawText(text)
        canvas.setLineWidth(0.4)
        canvas.grid(edges, [550 - height * i for i in range(shown + 2 + len(sums) - 1 + 1)])
        canvas.setFont("S", 8)
        canvas.drawCentredString(421, 22, f"第 {page} 页  共 {pages} 页")
        canvas.showPage()
    canvas.save()
    return pages


def peak_mb() -> float:
    """Peak resident memory of this process in MB."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def run_one(engine: str, rows: int, path: Path) -> None:
    """One measured run in this process; prints its figures."""
    pages = {"ours": print_ours, "register": print_register, "canvas": print_canvas}[engine](rows, path)
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu = used.ru_utime + used.ru_stime
    print(json.dumps({"cpu_s": cpu, "peak_mb": peak_mb(), "pages": pages, "file_mb": path.stat().st_size / 1e6}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=30_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--engine", choices=ENGINES)
    parser.add_argument("--path", type=Path)
    options = parser.parse_args()
    if options.engine:
        run_one(options.engine, options.rows, options.path)
        return
    runs: dict[str, list[dict[str, float]]] = {engine: [] for engine in ENGINES}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(options.repeat):
            for engine in ENGINES:
                command = [
                    sys.executable, "-m", "tests.bench.bench_register_pdf", "--engine", engine,
                    "--rows", str(options.rows), "--path", str(Path(folder, f"{engine}.pdf")),
                ]
                done = subprocess.run(command, check=True, capture_output=True, text=True)
                runs[engine].append(json.loads(done.stdout))
    result: dict[str, object] = {
        "rows": options.rows,
        "repeat": options.repeat,
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
    }
    rates: dict[str, float] = {}
    for engine, measured in runs.items():
        medians = {key: round(statistics.median(run[key] for run in measured), 2) for key in measured[0]}
        rates[engine] = options.rows / medians["cpu_s"]
        result[engine] = {**medians, "rows_per_cpu_s": round(rates[engine])}
    result["ours_to_canvas"] = round(rates["ours"] / rates["canvas"], 2)
    result["register_to_canvas"] = round(rates["register"] / rates["canvas"], 2)
    print(json.dumps(result, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
