"""A filing: what a citizen or an operator submits, before it becomes a case."""

import hashlib
import json
from dataclasses import dataclass

from appeals.domain.case import Case
from appeals.domain.contact import ContactDetails
from appeals.domain.moves.needs import COMPLAINED_DEPARTMENT, RESTRICTED
from appeals.domain.vocabulary import Channel, Kind, YesNo


@dataclass(frozen=True)
class Filing:
    """What a citizen or an operator files: texts as typed, and codes of reference data."""

    kind: Kind
    category: str
    subject: str
    detail: str
    channel: Channel = Channel.WEB
    district: str | None = None
    street: str | None = None
    address: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    contact_email: str = ""
    confidential: bool = False
    publish: bool = False
    complained_department: str | None = None
    language: str = "zh"
    source: str | None = None
    source_ref: str | None = None

    @property
    def is_reachable(self) -> bool:
        """Whether the department will have a way to reach the citizen."""
        contact = ContactDetails(self.contact_name, self.contact_phone, self.contact_email)
        return contact.is_reachable(confidential=self.confidential)

    def digest(self) -> bytes:
        """Return the hash by which two submissions of one form are compared.

        A field that the previous release did not have is left out if empty, so that its hashes
        still match.
        """
        given = {**vars(self)}
        if self.complained_department is None:
            del given["complained_department"]
        return hashlib.sha256(
            json.dumps(given, ensure_ascii=False, sort_keys=True).encode()
        ).digest()


def classification_facts(filing: Filing, case: Case) -> dict[str, str]:
    """Return the classification as filed, which the first move records and a replay starts from."""
    facts = {
        "kind": case.kind.value,
        "category": case.category,
        "district": case.district or "",
        "street": case.street or "",
        "urgent": (YesNo.YES if case.urgent else YesNo.NO).value,
        RESTRICTED: YesNo.YES.value if case.restricted else "",
        COMPLAINED_DEPARTMENT: case.complained_department or "",
        "channel": filing.channel.value,
    }
    return {name: text for name, text in facts.items() if text}
