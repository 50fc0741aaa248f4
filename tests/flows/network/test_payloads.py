"""No answer of an upstream is run: what akshare evaluates
is reviewed, and must be a plain literal.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import numpy as np
import pytest
import requests

import warehouse.datasets
from flows.ingestion.fetch import akshare, perform
from flows.network.payloads import EVALUATED, LONGEST, insist_on_literals
from flows.network.response_limits import Refused
from flows.network.transport import open_network
from flows.network.upstreams import domain, domains
from flows.sandbox.formats import klc
from flows.workspace import Workspace
from tests.flows.network.source_walk import (
    CLIENTS,
    Visited,
    all_reached,
    definitions,
    functions_in,
    imported,
    named_by,
    origin,
    places,
    reached,
    shipped,
    texts,
)
from tests.flows.network.test_transport import NOON, office
from warehouse import datasets
from warehouse.catalog import Call, Plausibility, catalogue
from warehouse.contract import rules
from warehouse.datasets import adjustment_factor, us_stock_daily
from warehouse.errors import SourceChanged, SourceUnavailable

# Places in akshare's source that look as if they ran something, and what a reviewer saw there.
HARMLESS = {
    ("_get_file_content_ths", "open(setting_file_path, encoding='utf-8')"): "reads its own script",
    ("_get_file_content_cninfo", "open(setting_file_path, encoding='utf-8')"): "reads its script",
    ("helpers", "_namedtuple('DecodedString', ['string', 'codec', 'bom'])(txt, None, None)"): "",
    ("helpers", "_namedtuple('DecodedString', ['string', 'codec', 'bom'])(unitxt, cdk, bom)"): "",
    (
        "TLSAdapter",
        (
            "PoolManager(num_pools=connections, maxsize=maxsize, block=block, "
            "ssl_version=ssl.PROTOCOL_TLSv1_2, ssl_context=ctx)"
        ),
    ): "an adapter of requests, with certificates verified",
}
# Addresses in akshare's source that belong to no upstream: links to reports, which nobody opens.
NOT_ASKED = {"pdf.dfcfw.com"}
# Datasets that come over plain http and that nothing but their reader checks.
UNHELD = {"announcement": "titles of filings: any text is plausible; they count, and never price"}


def declared() -> set[tuple[str, str]]:
    return {(f, e) for entry in EVALUATED for f in entry.functions for e in entry.expressions}


def risky(visited: Visited) -> set[tuple[str, str]]:
    """Places where something runs that does not stand in akshare's own package."""
    found = set()
    for place in places(visited):
        own = place.node is not None and place.node.args and shipped(place.node.args[0], visited)
        if not own:
            found.add((place.function, place.call))
    return found


def test_what_akshare_could_run_is_what_was_reviewed() -> None:
    """A new akshare, or a new dataset, with another such place must be looked at first."""
    found = set().union(*map(risky, all_reached()))
    spelt = {e for _, e in declared()}
    new = {place for place in found if place not in HARMLESS and place not in declared()}
    assert new == set()
    assert {f for f, e in found if e in spelt} == {f for f, _ in declared()}  # none is obsolete
    assert HARMLESS.keys() <= found


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("eval(r.text)", True),
        ("df['a'].apply(eval)", True),
        ("pickle.loads(r.content)", True),
        ("pd.read_pickle(url)", True),
        ("js.eval(r.text)", True),
        ("js.call(r.text, 1)", True),
        ("frame.query(r.text)", True),
        ("js.eval(SCRIPT)", False),
        ("js.call('d', r.text)", False),
        ("re.compile(r.text)", False),
        ("json.loads(r.text)", False),
    ],
)
def test_the_walk_sees_what_could_run_and_nothing_else(source, wanted) -> None:
    """A script of the package with answers as arguments is data; an answer as script is not."""
    import json
    import pickle

    module = SimpleNamespace(pickle=pickle, json=json, re=re, SCRIPT="function d() {}")
    assert bool(risky(Visited("drawn", module, ast.parse(source)))) is wanted


def test_every_function_in_use_is_walked() -> None:
    """The names of akshare's functions stand in the datasets as they are, never put together."""
    for file in Path(datasets.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Call" and node.args:
                built = [
                    n for n in ast.walk(node.args[0]) if isinstance(n, ast.JoinedStr | ast.BinOp)
                ]
                assert built == [], (file, ast.unparse(node))
    assert len(named_by()) > 100


def test_akshare_speaks_through_clients_that_the_seam_holds() -> None:
    held = {"requests", "pandas", "curl_cffi", "urllib", "urllib3"}
    spoken = {
        origin(v.named(node.id))
        for v in all_reached()
        for node in ast.walk(v.tree)
        if isinstance(node, ast.Name)
    }
    assert spoken & (CLIENTS | {"socket", "websocket", "ftplib", "selenium"}) <= held
    assert {name for v in all_reached() for name, _ in imported(v)} & CLIENTS == set()
    overridden = [v.name for v in all_reached() for n in ast.walk(v.tree) if is_sender(n)]
    assert overridden == []


def is_sender(node: ast.AST) -> bool:
    """A method that would take the place of the one at which we intercept."""
    return isinstance(node, ast.FunctionDef) and node.name in {"send", "getresponse", "urlopen"}


@pytest.mark.parametrize("text", ["var a={}", "var a={'x':1}\n/* = */", "a=b=c\nd", "no", ""])
def test_what_is_checked_is_what_akshare_cuts_out(text) -> None:
    for entry in EVALUATED:
        for expression in entry.expressions:
            inner = expression.removeprefix("eval(").removesuffix(")")
            names = {"r": SimpleNamespace(text=text), "res": SimpleNamespace(text=text)}
            try:
                cut = eval(inner, names)  # akshare's own source, not an answer
            except IndexError:
                with pytest.raises(IndexError):
                    entry.cut(text)
            else:
                assert entry.cut(text) == cut


def answer(body: str, url: str = "https://finance.sina.com.cn/realstock/company/sh1/hfq.js"):
    response = requests.Response()
    response.status_code, response._content, response.url = 200, body.encode(), url
    response.encoding = "utf-8"
    return response


LITERAL = '{"total":1,"data":[{"d":"1900-01-01","f":"1.0000"}]}'


@pytest.mark.parametrize(
    "body",
    [
        f"var sh1hfq={LITERAL}\n/* packed */",
        "var sh1hfq={'total':0,'data':[]}",
        "",
        "no table here",
    ],
)
def test_a_table_is_let_through(body) -> None:
    insist_on_literals(answer(body))


HOSTILE = [
    '{"data":[__import__("os").system("true")]}',
    "{'data':[().__class__.__base__.__subclasses__()]}",
    '{"data":[open("x","w")]}', '{"data":[x for x in [1]]}', '{"data":[lambda: 1]}',
    '{"data":[9**9**9]}', '{"data":["a"*10**9]}', 'f"{1}"', '{"data":[f"{1}"]}', "exit()",
    '{"data":[true]}', '{"data":[null]}', "{data:[]}", "[1]", '"data"', "", "{}", '{"data":1}',
    "[" * 100_000, "(" * 500, "-" * 200_000 + "1", "1+" * 100_000 + "1j", "~" * 90_000 + "1",
    '{"data":[' * 5_000, "[1," * 99_999, "1if 1else " * 50_000 + "1", "a." * 100_000 + "b",
    '{"data":["' + "x" * LONGEST + '"]}', '{"data":[' + "9" * 5_000 + "]}", '{"data":[1]}\0',
    '{"data":[0_7]}', '{"data":["\\N{bad}"]}', '{"data":[1]}+{"data":[2]}', '{**{"data":[]}}',
    '{"data":[]} if print("run") else {}', '{"data":[1 .real]}', '{"data":[b"x" % 1]}',
]  # fmt: skip


@pytest.mark.parametrize("payload", HOSTILE, ids=lambda p: p[:30])
def test_nothing_but_a_literal_is_let_through(payload, capsys) -> None:
    with pytest.raises(Refused, match=r"finance\.sina\.com\.cn.*plain literal.*nothing was run"):
        insist_on_literals(answer(f"var sh1hfq={payload}\n"))
    assert capsys.readouterr().out == ""


def test_a_redirect_of_a_table_is_refused() -> None:
    """akshare would evaluate whatever stands at the other address."""
    response = answer("")
    response.status_code, response.headers["Location"] = 302, "https://finance.sina.com.cn/other"
    with pytest.raises(Refused, match="it is a redirect"):
        insist_on_literals(response)


def sina(script: str, status: int = 200, charset: str = "utf-8"):
    """Sina, whose bars are honest and whose factors are this script."""

    def exchange(request: requests.PreparedRequest) -> requests.Response:
        response = answer("", str(request.url))
        path = urlsplit(str(request.url)).path
        if path.endswith("getAmountBySymbol"):
            response._content = b'x=([{"date":"2020-01-01","amount":"1"}])'
        elif path.endswith("fq.js"):
            response.status_code = status
            response._content, response.encoding = script.encode(charset), charset
        else:
            response._content = f'var x="{bars()}";'.encode()
        return response

    return exchange


def bars() -> str:
    """A share that was traded on two days, packed as Sina packs it."""
    one, days = np.ones(2), np.array(["2025-11-21", "2025-11-24"], dtype="datetime64[D]")
    return klc.stock_file(klc.Bars(days, one, one, one, one, one, one))


CALLS = [
    (us_stock_daily.SINA, Call("stock_us_daily", {"symbol": "NVDA", "adjust": ""})),
    (adjustment_factor.SINA, Call("stock_zh_a_daily", {"symbol": "sh600000", "adjust": "hfq-factor"})),
    *(
        (adjustment_factor.SINA, Call("stock_zh_a_daily", {"symbol": "sh600000", "adjust": adjust}))
        for adjust in ("qfq-factor", "hfq", "qfq")
    ),
    *(
        (us_stock_daily.SINA, Call("stock_hk_daily", {"symbol": "00700", "adjust": adjust}))
        for adjust in ("hfq-factor", "qfq-factor", "hfq", "qfq")
    ),
]  # fmt: skip


@pytest.mark.parametrize(("source", "call"), CALLS, ids=lambda c: str(getattr(c, "arguments", "")))
@pytest.mark.parametrize("charset", ["utf-8", "utf-16"])
def test_code_in_sinas_factors_is_not_run(tmp_path, source, call, charset) -> None:
    seen = tmp_path / "ran"
    code = f'var x={{"data":[__import__("pathlib").Path({str(seen)!r}).touch()]}}\n'
    ws = Workspace(office(tmp_path).settings, lambda: NOON, sina(code, charset=charset))
    with open_network(ws) as recorder:
        with pytest.raises(SourceChanged, match=r"finance\.sina\.com\.cn.*nothing was run"):
            perform(source, call, recorder, attempts=3)
        lines = [line[2] for line in recorder.log.lines()]
    assert not seen.exists()
    assert lines[-2:] == ["200", "block page"]  # asked once, archived, and counted as no answer


def test_a_block_page_in_their_place_is_still_a_block_page(tmp_path) -> None:
    page = "<html lang='zh'><body>Forbidden</body></html>"
    ws = Workspace(office(tmp_path).settings, lambda: NOON, sina(page, 456))
    source, call = CALLS[1]
    with open_network(ws) as recorder, pytest.raises(SourceUnavailable, match="status 456"):
        perform(source, call, recorder, attempts=1)


def addresses(function: str) -> set[str]:
    """Addresses that an akshare function may ask."""
    found = (t for v in reached(getattr(akshare(), function)) for t in texts(v))
    return {t for t in found if re.match(r"https?://\w", t) and "\\" not in t}


def test_every_address_in_use_belongs_to_an_upstream() -> None:
    hosts = {urlsplit(t).hostname for function in named_by() for t in addresses(function)} - {None}
    assert {h for h in hosts if domain(str(h)) not in domains()} == NOT_ASKED


def plain() -> set[tuple[str, str, str]]:
    """Dataset, host and akshare function of what may come without encryption.

    A function that a shared reader names is of the datasets that have its host as a source.
    """
    return {
        (dataset, host, function)
        for function, of in named_by().items()
        for text in addresses(function)
        if text.startswith("http://") and (host := str(urlsplit(text).hostname))
        for dataset in of
        if function in functions_in(file_of(dataset)) or host in hosts_of(dataset)
    }


def file_of(dataset: str) -> Path:
    return Path(warehouse.datasets.__path__[0]) / f"{dataset}.py"


def hosts_of(dataset: str) -> set[str]:
    return {s.host for chain in catalogue()[dataset].chains for s in chain.sources}


def test_upstreams_on_plain_http_are_in_the_handbook() -> None:
    text = Path("docs/operating.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| `(\w+)` \| `([\w.-]+)` \| `(\w+)` \|", text, re.MULTILINE))
    assert told == plain()


def test_what_comes_over_plain_http_is_held_to_plausibility() -> None:
    """Somebody on the way could change it: rules of the contract, or what is known already."""
    unheld = set()
    for name in {dataset for dataset, _, _ in plain()}:
        d = catalogue()[name]
        believed = [
            s.plausibility != Plausibility() for chain in d.chains for s in chain.sources if s.host
        ]
        if not rules(d.contract) and not all(believed):
            unheld.add(name)
    assert unheld == UNHELD.keys()


def test_definitions_are_found_by_name() -> None:
    assert "stock_us_daily" in definitions("akshare.stock.stock_us_sina")
