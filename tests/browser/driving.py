"""What browser tests judge a page by: its quiet, its accessibility, its pixels, and its modules' pure functions."""

import mimetypes
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from axe_playwright_python.sync_playwright import Axe

import vislab.widgets
from tools.drive_lab import Lab

STATIC = Path(vislab.widgets.__file__).parent / "static"
ORIGIN = "http://modules.test"


def quiet(lab: Lab) -> None:
    """Nothing went wrong in the browser, and nothing left the machine."""
    assert lab.errors == []
    assert lab.outside == set()


def axe(lab: Lab, selector: str) -> list[str]:
    """What axe-core finds in the elements of a selector, a line each: the rule, the element, the reason.

    All its rules, best practices too. Contrast that axe cannot judge (text over a picture) is no finding; a selector
    that nothing matches is an error. Jupyter's body has no height and hides what overflows it, so that axe would take
    all text for hidden and judge no contrast: it is given the window's height.
    """
    assert lab.page.locator(selector).count(), f"no element {selector}"
    lab.page.evaluate("() => { document.body.style.height = '100vh' }")
    found = Axe().run(lab.page, context=selector).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:200]}: {' '.join(node['failureSummary'].split())}"
        for rule in found
        for node in rule["nodes"]
    ]


def unreadable_texts(frame: Any, selector: str) -> list[str]:
    """What cannot be read in the elements of a selector, a line each: a text on another one, one cut, a broken word.

    frame: a page or frame of Playwright. Judged by geometry: each visible text's lines are boxes in CSS pixels, which
    may overlap by one pixel. A text is cut if it leaves a box around it sideways, or any way if that box hides what
    leaves it; what can be scrolled to is not cut. A word, or a number with its % sign, is broken if it stands on two
    lines; at a hyphen it may. A selector that nothing matches is an error.
    """
    assert frame.locator(selector).count(), f"no element {selector}"
    found: list[str] = frame.evaluate(
        """selector => {
            const shut = e => e.closest('details:not([open]) > :not(summary)') || e.matches('details:not([open])')
            const aloud = e => getComputedStyle(e).clipPath !== 'none' // for screen readers alone
            const shown = e => e.checkVisibility({ opacityProperty: true, visibilityProperty: true })
                && !shut(e) && !aloud(e)
            const texts = root => {
                const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT), found = []
                for (let node = walker.nextNode(); node; node = walker.nextNode()) {
                    const range = document.createRange(), text = node.data.trim()
                    range.selectNodeContents(node)
                    const lines = [...range.getClientRects()].filter(line => line.width && line.height)
                    if (text && lines.length && shown(node.parentElement)) found.push({ node, text, lines, root })
                }
                return found
            }
            const meet = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
                && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1
            const cut = ({ node, lines, root }) => {
                for (let box = node.parentElement; ; box = box.parentElement) {
                    const { overflowX, overflowY, display } = getComputedStyle(box), edge = box.getBoundingClientRect()
                    if ([overflowX, overflowY].some(way => way === 'auto' || way === 'scroll')) return false
                    const leaves = line => line.left < edge.left - 1 || line.right > edge.right + 1
                        || overflowY !== 'visible' && (line.top < edge.top - 1 || line.bottom > edge.bottom + 1)
                    if (display !== 'inline' && display !== 'contents' && lines.some(leaves)) return true
                    if (box === root) return false
                }
            }
            const words = /\\d[\\d.,]*\\s%|[^\\s-]+-?/g
            const broken = ({ node }) => [...node.data.matchAll(words)].filter(({ 0: word, index }) => {
                const range = document.createRange()
                range.setStart(node, index)
                range.setEnd(node, index + word.length)
                const lines = [...range.getClientRects()].filter(line => line.width)
                return lines.some(line => line.top >= lines[0].bottom - 2)
            }).map(([word]) => word)
            const judged = all => [
                ...all.flatMap((a, at) => all.slice(at + 1).map(b => [a, b]))
                    .filter(([a, b]) => a.lines.some(one => b.lines.some(other => meet(one, other))))
                    .map(([a, b]) => `"${a.text}" and "${b.text}" overlap`),
                ...all.filter(cut).map(({ text }) => `"${text}" is cut`),
                ...all.flatMap(broken).map(word => `"${word}" is broken`),
            ]
            return [...document.querySelectorAll(selector)].flatMap(root => judged(texts(root)))
        }""",
        selector,
    )
    return found


def pixel(canvas: Any, x: float, y: float) -> tuple[int, int, int, int]:
    """Red, green, blue and opacity (0 to 255) of a canvas's own pixel at (x, y), the corner being (0, 0)."""
    colour = canvas.evaluate("(c, [x, y]) => [...c.getContext('2d').getImageData(x, y, 1, 1).data]", [x, y])
    return tuple(colour)


def count_pixels(canvas: Any, colour: Sequence[int] | None = None, within: int = 0) -> int:
    """How many pixels of a canvas have a colour (RGB, each channel at most `within` off), or any colour at all."""
    count = """(c, [colour, within]) => {
        const data = c.getContext('2d').getImageData(0, 0, c.width, c.height).data
        let count = 0
        for (let i = 0; i < data.length; i += 4)
            count += data[i + 3] > 0 && (!colour || colour.every((v, k) => Math.abs(v - data[i + k]) <= within))
        return count
    }"""
    found: int = canvas.evaluate(count, [None if colour is None else list(colour), within])
    return found


def focus_is_visible(lab: Lab) -> bool:
    """Whether the focused element, or what it stands in, shows that it has the focus (an outline, border or shadow).

    Compared with how the same element looks once the focus is taken from it; the focus is then given back.
    """
    return bool(
        lab.page.evaluate("""async () => {
            const focused = document.activeElement
            const frame = () => new Promise(r => requestAnimationFrame(() => setTimeout(r, 250)))
            const look = () => [focused, focused.parentElement].map(e => {
                const s = getComputedStyle(e)
                return [s.outlineStyle === 'none' ? '' : s.outline, s.borderColor, s.boxShadow].join('|')
            }).join('||')
            await frame()
            const before = look()
            focused.blur()
            await frame()
            const after = look()
            focused.focus({ focusVisible: true })
            return before !== after
        }""")
    )


TYPES = {"uint8": "Uint8Array", "uint16": "Uint16Array", "int16": "Int16Array", "uint32": "Uint32Array",
         "int32": "Int32Array", "float32": "Float32Array", "float64": "Float64Array"}  # fmt: skip


def call_module(page: Any, module: str, function: str, given: Sequence[Any]) -> Any:
    """What a function exported by vislab/widgets/static/MODULE gives; its promise is awaited.

    Arguments and answer go through JSON, but: NumPy arrays and bytes arrive as flat typed arrays of their type, typed
    arrays come back as lists, NaN and infinities as themselves. An error thrown there is raised here.
    """
    if not page.url.startswith(ORIGIN):
        page.route(f"{ORIGIN}/**", _serve_static)
        page.goto(f"{ORIGIN}/blank.html")
    call = """async ([module, name, given]) => {
        const unpack = v => Array.isArray(v) ? v.map(unpack)
            : v && typeof v === 'object' ? '$array' in v ? new globalThis[v.$type](v.$array)
            : Object.fromEntries(Object.entries(v).map(([k, x]) => [k, unpack(x)])) : v
        const pack = v => ArrayBuffer.isView(v) || v instanceof Set ? [...v].map(pack) : Array.isArray(v) ? v.map(pack)
            : v instanceof Map ? Object.fromEntries([...v].map(([k, x]) => [k, pack(x)]))
            : v && typeof v === 'object' ? Object.fromEntries(Object.entries(v).map(([k, x]) => [k, pack(x)])) : v
        const exported = (await import(`/${module}`))[name]
        if (exported === undefined) throw new Error(`${module} exports no ${name}`)
        return pack(typeof exported === 'function' ? await exported(...unpack(given)) : exported)
    }"""
    return page.evaluate(call, [module, function, [_pack(value) for value in given]])


def _serve_static(route: Any) -> None:
    name = route.request.url.removeprefix(f"{ORIGIN}/")
    if name == "blank.html":
        route.fulfill(body="<!doctype html><title>modules</title>", content_type="text/html")
    elif (STATIC / name).is_file():
        route.fulfill(path=STATIC / name, content_type=mimetypes.guess_type(name)[0] or "text/javascript")
    else:
        route.fulfill(status=404, body="")


def _pack(value: Any) -> Any:
    if isinstance(value, bytes | bytearray):
        value = np.frombuffer(value, np.uint8)
    if isinstance(value, np.ndarray):
        return {"$type": TYPES[value.dtype.name], "$array": value.ravel().tolist()}
    if isinstance(value, dict):
        return {key: _pack(item) for key, item in value.items()}
    return [_pack(item) for item in value] if isinstance(value, list | tuple) else value
