"""Static SVG maps made from open map data: the world by country and Korea by province.

The files hold shapes without colour; a page refers to a shape with ``<use href="maps/world.svg#KR">`` and
colours it with a class, so no script and no inline style is needed.
"""

import json
import re
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

Point = tuple[float, float]

WORLD_WIDTH, WORLD_HEIGHT = 960, 480
TOP_LATITUDE, BOTTOM_LATITUDE = 84.0, -60.0
SMALL_STATE_RADIUS = 3.2

# ISO 3166-1: numeric code (what the map data carries) followed by the two letters (what the portal stores).
ISO_CODES = """
004AF 008AL 010AQ 012DZ 016AS 020AD 024AO 028AG 031AZ 032AR 036AU 040AT 044BS 048BH 050BD 051AM 052BB 056BE 060BM 064BT
068BO 070BA 072BW 076BR 084BZ 086IO 090SB 092VG 096BN 100BG 104MM 108BI 112BY 116KH 120CM 124CA 132CV 136KY 140CF 144LK
148TD 152CL 156CN 158TW 170CO 174KM 178CG 180CD 184CK 188CR 191HR 192CU 196CY 203CZ 204BJ 208DK 212DM 214DO 218EC 222SV
226GQ 231ET 232ER 233EE 234FO 238FK 239GS 242FJ 246FI 248AX 250FR 258PF 260TF 262DJ 266GA 268GE 270GM 275PS 276DE 288GH
296KI 300GR 304GL 308GD 316GU 320GT 324GN 328GY 332HT 334HM 340HN 344HK 348HU 352IS 356IN 360ID 364IR 368IQ 372IE 376IL
380IT 384CI 388JM 392JP 398KZ 400JO 404KE 408KP 410KR 414KW 417KG 418LA 422LB 426LS 428LV 430LR 434LY 438LI 440LT 442LU
446MO 450MG 454MW 458MY 462MV 466ML 470MT 478MR 480MU 484MX 492MC 496MN 498MD 499ME 500MS 504MA 508MZ 512OM 516NA 520NR
524NP 528NL 531CW 533AW 534SX 540NC 548VU 554NZ 558NI 562NE 566NG 570NU 574NF 578NO 580MP 583FM 584MH 585PW 586PK 591PA
598PG 600PY 604PE 608PH 612PN 616PL 620PT 624GW 626TL 630PR 634QA 642RO 643RU 646RW 652BL 654SH 659KN 660AI 662LC 663MF
666PM 670VC 674SM 678ST 682SA 686SN 688RS 690SC 694SL 702SG 703SK 704VN 705SI 706SO 710ZA 716ZW 724ES 728SS 729SD 732EH
740SR 748SZ 752SE 756CH 760SY 762TJ 764TH 768TG 776TO 780TT 784AE 788TN 792TR 795TM 796TC 800UG 804UA 807MK 818EG 826GB
831GG 832JE 833IM 834TZ 840US 850VI 854BF 858UY 860UZ 862VE 876WF 882WS 887YE 894ZM
"""
ALPHA2 = {entry[:3]: entry[3:] for entry in ISO_CODES.split()}

# Province codes of the Korean administrative district code, by the identifiers of the map data.
PROVINCES = {
    "seoul": "11",
    "busan": "26",
    "daegu": "27",
    "incheon": "28",
    "gwangju": "29",
    "daejeon": "30",
    "ulsan": "31",
    "sejong": "36",
    "gyeonggi": "41",
    "north-chungcheong": "43",
    "south-chungcheong": "44",
    "south-jeolla": "46",
    "north-gyeongsang": "47",
    "south-gyeongsang": "48",
    "jeju": "50",
    "gangwon": "51",
    "north-jeolla": "52",
}


def decode_arcs(topology: dict[str, Any]) -> list[list[Point]]:
    """Turn the delta-encoded integer arcs of a TopoJSON file into longitudes and latitudes."""
    scale_x, scale_y = topology["transform"]["scale"]
    shift_x, shift_y = topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        points: list[Point] = []
        for step_x, step_y in arc:
            x += step_x
            y += step_y
            points.append((x * scale_x + shift_x, y * scale_y + shift_y))
        arcs.append(points)
    return arcs


def ring_points(arcs: list[list[Point]], indexes: Iterable[int]) -> list[Point]:
    """Join the arcs of one ring; a negative index means the arc is walked backwards."""
    points: list[Point] = []
    for index in indexes:
        arc = arcs[index] if index >= 0 else arcs[~index][::-1]
        points += arc[1:] if points else arc
    return points


def unwrap(points: list[Point]) -> list[Point]:
    """Let a ring run past 180 degrees instead of jumping to the other edge, which would draw lines across the map."""
    unwrapped = [points[0]]
    offset = 0
    for (before, _), (longitude, latitude) in pairwise(points):
        if longitude - before > 180:
            offset -= 360
        elif longitude - before < -180:
            offset += 360
        unwrapped.append((longitude + offset, latitude))
    return unwrapped


def project(longitude: float, latitude: float) -> Point:
    """Place a coordinate on the drawing (equirectangular)."""
    x = (longitude + 180) * WORLD_WIDTH / 360
    y = (TOP_LATITUDE - latitude) * WORLD_HEIGHT / (TOP_LATITUDE - BOTTOM_LATITUDE)
    return x, y


def polygons(geometry: dict[str, Any]) -> list[list[list[int]]]:
    return geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]


def country_path(arcs: list[list[Point]], geometry: dict[str, Any]) -> str:
    """Give the SVG path of one country, drawn once more on the other side where it crosses the edge."""
    path = ""
    for polygon in polygons(geometry):
        for ring in polygon:
            points = unwrap(ring_points(arcs, ring))
            longitudes = [longitude for longitude, _ in points]
            shifts = [0] + ([-360] if max(longitudes) > 180 else []) + ([360] if min(longitudes) < -180 else [])
            for shift in shifts:
                placed = (project(longitude + shift, latitude) for longitude, latitude in points)
                path += "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in placed) + "Z"
    return path


def middle(arcs: list[list[Point]], geometry: dict[str, Any]) -> Point:
    """Give the middle of the largest piece of a country that is too small to draw."""
    rings = [ring_points(arcs, polygon[0]) for polygon in polygons(geometry)]
    largest = max(rings, key=len)
    xs, ys = zip(*(project(longitude, latitude) for longitude, latitude in largest), strict=True)
    return (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2


def world_svg(coarse: dict[str, Any], fine: dict[str, Any]) -> str:
    """Draw every country; a state that the coarse data leaves out (such as Singapore) becomes a small circle."""
    arcs = decode_arcs(coarse)
    shapes, drawn = [], set()
    for geometry in coarse["objects"]["countries"]["geometries"]:
        code = ALPHA2.get(str(geometry.get("id", "")), "")
        if code == "AQ":
            continue
        drawn.add(code)
        identity = f' id="{code}"' if code else ""
        shapes.append(f'<path{identity} d="{country_path(arcs, geometry)}"/>')
    arcs = decode_arcs(fine)
    dots = []
    for geometry in fine["objects"]["countries"]["geometries"]:
        code = ALPHA2.get(str(geometry.get("id", "")), "")
        if code and code not in drawn and code != "AQ":
            x, y = middle(arcs, geometry)
            dots.append(f'<circle id="{code}" cx="{x:.1f}" cy="{y:.1f}" r="{SMALL_STATE_RADIUS}"/>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WORLD_WIDTH} {WORLD_HEIGHT}">'
        f'<g id="base">{"".join(shapes)}</g><defs>{"".join(dots)}</defs></svg>\n'
    )


def read_korea(source: str) -> tuple[str, dict[str, str]]:
    """Read the view box and the province paths from the map package's one-line module."""
    content = json.loads(re.sub(r"^\s*export\s+default\s+", "", source).rstrip().rstrip(";"))
    return content["viewBox"], {PROVINCES[location["id"]]: location["path"] for location in content["locations"]}


def korea_svg(source: str) -> str:
    """Draw the 17 provinces; a province's identifier is ``p`` and its administrative code."""
    view_box, paths = read_korea(source)
    shapes = "".join(f'<path id="p{code}" d="{path}"/>' for code, path in sorted(paths.items()))
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{view_box}"><g id="base">{shapes}</g></svg>\n'


def write_maps(packages: Path, target: Path) -> None:
    """Write both maps."""
    atlas = packages / "world-atlas"
    world = world_svg(
        json.loads((atlas / "countries-110m.json").read_text(encoding="utf-8")),
        json.loads((atlas / "countries-50m.json").read_text(encoding="utf-8")),
    )
    korea = korea_svg((packages / "@svg-maps" / "south-korea" / "index.js").read_text(encoding="utf-8"))
    target.mkdir(parents=True, exist_ok=True)
    (target / "world.svg").write_text(world, encoding="utf-8")
    (target / "korea.svg").write_text(korea, encoding="utf-8")
