"""Register files in the layout of the DfE's own, with invented schools in them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from io import StringIO
from itertools import count
from pathlib import Path

HEADER = (
    "URN,LA (code),LA (name),EstablishmentNumber,EstablishmentName,TypeOfEstablishment (code),"
    "TypeOfEstablishment (name),EstablishmentTypeGroup (code),EstablishmentTypeGroup (name),"
    "EstablishmentStatus (code),EstablishmentStatus (name),ReasonEstablishmentOpened (code),"
    "ReasonEstablishmentOpened (name),OpenDate,ReasonEstablishmentClosed (code),"
    "ReasonEstablishmentClosed (name),CloseDate,PhaseOfEducation (code),PhaseOfEducation (name),"
    "StatutoryLowAge,StatutoryHighAge,Boarders (code),Boarders (name),NurseryProvision (name),"
    "OfficialSixthForm (code),OfficialSixthForm (name),Gender (code),Gender (name),"
    "ReligiousCharacter (code),ReligiousCharacter (name),ReligiousEthos (name),Diocese (code),"
    "Diocese (name),AdmissionsPolicy (code),AdmissionsPolicy (name),SchoolCapacity,"
    "SpecialClasses (code),SpecialClasses (name),CensusDate,NumberOfPupils,NumberOfBoys,"
    "NumberOfGirls,PercentageFSM,TrustSchoolFlag (code),TrustSchoolFlag (name),Trusts (code),"
    "Trusts (name),SchoolSponsorFlag (name),SchoolSponsors (name),FederationFlag (name),"
    "Federations (code),Federations (name),UKPRN,FEHEIdentifier,FurtherEducationType (name),"
    "LastChangedDate,Street,Locality,Address3,Town,County (name),Postcode,SchoolWebsite,"
    "TelephoneNum,HeadTitle (name),HeadFirstName,HeadLastName,HeadPreferredJobTitle,"
    "BSOInspectorateName (name),InspectorateReport,DateOfLastInspectionVisit,NextInspectionVisit,"
    "TeenMoth (name),TeenMothPlaces,CCF (name),SENPRU (name),EBD (name),PlacesPRU,FTProv (name),"
    "EdByOther (name),Section41Approved (name),SEN1 (name),SEN2 (name),SEN3 (name),SEN4 (name),"
    "SEN5 (name),SEN6 (name),SEN7 (name),SEN8 (name),SEN9 (name),SEN10 (name),SEN11 (name),"
    "SEN12 (name),SEN13 (name),TypeOfResourcedProvision (name),ResourcedProvisionOnRoll,"
    "ResourcedProvisionCapacity,SenUnitOnRoll,SenUnitCapacity,GOR (code),GOR (name),"
    "DistrictAdministrative (code),DistrictAdministrative (name),AdministrativeWard (code),"
    "AdministrativeWard (name),ParliamentaryConstituency (code),ParliamentaryConstituency (name),"
    "UrbanRural (code),UrbanRural (name),GSSLACode (name),Easting,Northing,MSOA (name),LSOA (name),"
    "InspectorateName (name),SENStat,SENNoStat,BoardingEstablishment (name),PropsName,"
    "PreviousLA (code),PreviousLA (name),PreviousEstablishmentNumber,Country (name),UPRN,SiteName,"
    "QABName (code),QABName (name),EstablishmentAccredited (code),EstablishmentAccredited (name),"
    "QABReport,CHNumber,MSOA (code),LSOA (code),FSM,AccreditationExpiryDate"
)
COLUMNS = next(csv.reader([HEADER]))
# Until February 2025 the register had Ofsted's columns too.
COLUMNS_OF_2024 = [*COLUMNS, "OfstedLastInsp", "OfstedRating (name)", "RSCRegion (name)"]
OPEN, CLOSED, PROPOSED_TO_CLOSE, PROPOSED_TO_OPEN = "1234"
_numbers = count(1)

Row = dict[str, str]


def make_row(name: str = "", **values: str) -> Row:
    """One open community school of the invented authority 999. Values by column.

    ``urn``, ``la`` and ``status`` are short for their columns; others go by their own names.
    """
    number = next(_numbers)
    row = {
        "URN": str(800_000 + number),
        "LA (code)": "999",
        "LA (name)": "Larkshire",
        "EstablishmentNumber": f"{number:04}",
        "EstablishmentName": name or f"School {number}",
        "TypeOfEstablishment (code)": "01",
        "TypeOfEstablishment (name)": "Community school",
        "EstablishmentStatus (code)": OPEN,
        "OpenDate": "01-09-1996",
        "PhaseOfEducation (name)": "Primary",
        "StatutoryLowAge": "4",
        "StatutoryHighAge": "11",
        "NumberOfPupils": "210",
        "Trusts (code)": "2001",
        "Trusts (name)": "Lark Trust",
        "Federations (name)": "Lark Federation",
        "Town": "Larkton",
        "Postcode": "ZZ1 1ZZ",
        "Easting": "380000",
        "Northing": "410000",
        "HeadLastName": "Nobody",
    }
    short = {"urn": "URN", "la": "LA (code)", "status": "EstablishmentStatus (code)"}
    return row | {short.get(key, key): value for key, value in values.items()}


def as_text(
    rows: Iterable[Row], columns: Sequence[str] = COLUMNS, quoting: int = csv.QUOTE_ALL
) -> str:
    """The rows as the register lays them out, in any columns."""
    text = StringIO(newline="")
    writer = csv.writer(text, quoting=quoting)  # type: ignore[arg-type]
    writer.writerow(columns)
    writer.writerows([row.get(column, "") for column in columns] for row in rows)
    return text.getvalue()


def write_register(path: Path, *rows: Row, encoding: str = "cp1252") -> Path:
    path.write_bytes(as_text(rows).encode(encoding))
    return path
