"""The roster of pilot zones."""

from typing import TYPE_CHECKING

import pandas as pd

from pilotzone.panels.raw import declared, schema
from pilotzone.panels.raw.declared import BATCH_SIZES, LEVEL_OF_PROVINCE, LEVEL_WITHOUT_CODE
from pilotzone.panels.raw.source import Source, fault

if TYPE_CHECKING:
    from pandera.pandas import Column


def pilot_zones(source: Source, provinces: pd.DataFrame, cities: pd.DataFrame) -> pd.DataFrame:
    """Validate the approvals; every batch has as many as its reply lists."""
    raw, levels = source.frame, declared.ZONE_LEVELS
    columns = {
        "batch": schema.column(int, schema.between(min(BATCH_SIZES), max(BATCH_SIZES))),
        **_zone_dates(raw),
        **schema.texts("name_zh", "name_en"),
        **_zone_codes(raw, provinces, cities),
        "level": schema.text(schema.one_of(levels, f"a declared level ({', '.join(levels)})")),
        **schema.texts("date_status", "membership_status"),
        "revoked": schema.column(str),
    }
    frame = schema.validate(source, columns, ("batch", "prefecture_code", "name_zh"))
    for batch, size in BATCH_SIZES.items():
        found = int((frame["batch"] == batch).sum())
        if found != size:
            what = f"{found} approvals, the reply lists {size}"
            raise fault(source.folder, source.name, f"batch {batch}", "batch", what)
    days = {name: pd.to_datetime(frame[name]) for name in ("approval_date", "announced_date")}
    return frame.assign(**days)


def _zone_dates(raw: pd.DataFrame) -> dict[str, "Column"]:
    """Return the columns of the reply; only a batch without a verified reply may leave gaps."""

    def no_reply() -> pd.Series:
        return raw["batch"] == str(declared.BATCH_WITHOUT_REPLY)

    def approved(days: pd.Series) -> pd.Series:
        return schema.is_date(days) | (no_reply() & (days == ""))

    def one_reply(days: pd.Series) -> pd.Series:
        return days == days.groupby(raw["batch"]).transform("first")

    return {
        "approval_date": schema.column(
            str,
            (
                approved,
                f"is not a day YYYY-MM-DD (only batch {declared.BATCH_WITHOUT_REPLY} has none)",
            ),
            (one_reply, "differs from the first row of its batch"),
        ),
        "announced_date": schema.text(
            (schema.is_date, "is not a day YYYY-MM-DD"),
            ((lambda days: days >= raw["approval_date"]), "is before the approval"),
        ),
        "document_no": schema.column(
            str, ((lambda cells: schema.filled(cells) | no_reply()), "is empty")
        ),
    }


def _zone_codes(
    raw: pd.DataFrame, provinces: pd.DataFrame, cities: pd.DataFrame
) -> dict[str, "Column"]:
    """Return the columns that place a zone: its own code, the unit that holds it, the province."""

    def own_code(codes: pd.Series) -> pd.Series:
        beside = codes.str[:4] == raw["prefecture_code"].str[:4]
        same_unit = codes.str.fullmatch(r"\d{6}") & beside
        without = raw["level"] == LEVEL_WITHOUT_CODE
        return (~without & same_unit) | (without & (codes == ""))

    def holder(codes: pd.Series) -> pd.Series:
        whole = raw["level"] == LEVEL_OF_PROVINCE
        own = codes == raw["province_code"]
        return (~whole & codes.isin(cities["city_code"])) | (whole & own)

    def of_holder(codes: pd.Series) -> pd.Series:
        return codes.str[:2] == raw["prefecture_code"].str[:2]

    known = schema.known_province(provinces)
    return {
        "city_code": schema.column(
            str, (own_code, f"is no code in its prefecture (empty only for {LEVEL_WITHOUT_CODE})")
        ),
        "prefecture_code": schema.text(
            (holder, f"is no unit of cities.csv (the province for {LEVEL_OF_PROVINCE} alone)")
        ),
        "province_code": schema.text(known, (of_holder, "is not the province of prefecture_code")),
    }
