"""The city behind the server: the cast, a full March, and an appeal in every state today."""

import random
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from appeals.act import Act
from appeals.casework.accounts import mail_links, passwords
from appeals.casework.handling.bulk_writing import BulkWriter
from appeals.casework.handling.filing import Receipt, file_appeal
from appeals.casework.photos.attachments import store_file
from appeals.casework.photos.photo_decoding import Upload
from appeals.database import make_engine
from appeals.domain.people import STRANGER, SYSTEM
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import FileShows, MailLinkPurpose, RegularMail
from appeals.models.answer import StaffFile, staff_folder_of_day
from appeals.models.appeal import Appeal
from appeals.models.notice import Notice
from appeals.models.staff import StaffMember
from appeals.reporting.briefs.briefs import compile_brief
from appeals.settings import Settings
from tests.cast import QIAN, ZHAO, settle, shanghai
from tests.documents import PDF
from tests.factories import a_filing, path_to, played
from tests.photos import jpeg, store_uploads
from tests.reporting.random_walks import Walker
from tests.restricted import permitted

PASSWORD = "four quiet words here"
MONTH, EARLIER = "2026-03", "2026-02"
LIVES = 400
"""So many random lives begin in the 46 days up to the end of March: about 280 of March."""
FIRST = shanghai("2026-02-14 09:00")
HOURS = 24 * 46
MOVES = 25
AGO, STEP = timedelta(hours=12), timedelta(minutes=30)
"""The appeals of today begin so long ago, and make a move every half hour."""
CITIZENS_PHONE = "13800138000"
"""The telephone of those who filed the appeals of today."""
PARK = """
    UPDATE notice SET tries = 8, parked_at = created_at, problem = '550 mailbox unavailable'
    WHERE id = (SELECT max(id) FROM notice)
"""
"""A notice that was given up."""


@dataclass
class ServedCity:
    """What the tests know of the city: the open appeals with their codes, by state."""

    settings: Settings
    today: dict[State, Receipt] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def database(self) -> str:
        """Return the address of the city's database for psycopg."""
        return self.settings.database_url.replace("+psycopg", "")

    @contextmanager
    def act(self, now: datetime) -> Iterator[Act]:
        """Yield the system's act at a moment, committed in the end."""
        engine = make_engine(self.settings.database_url, statement_seconds=60)
        try:
            with Session(engine, expire_on_commit=False) as session, session.begin():
                yield Act(session, SYSTEM, now, self.settings.secret_key, self.settings.base_url)
        finally:
            engine.dispose()

    def file_appeal_in(self, state: State) -> Receipt:
        """File an appeal with a photo, and move it to the state by the shortest way."""
        key = secrets.token_urlsafe()
        with self.act(datetime.now(UTC) - AGO) as act:
            photo = Upload("lamp.jpg", jpeg(size=(2800, 2100)))
            store_uploads(act.by(STRANGER), self.settings.files_dir, key, [photo])
            receipt = file_appeal(act.by(STRANGER), a_filing(contact_phone=CITIZENS_PHONE), key)
            for step, move in enumerate(path_to(state), start=1):
                played(act.later(step * STEP), receipt.appeal, move.action)
                if move.action is Action.ANSWER and state is State.CLOSED:
                    self._add_report(act, receipt.appeal)
        return receipt

    def _add_report(self, act: Act, appeal: Appeal) -> None:
        """Put a document with the answer that was just given."""
        day = staff_folder_of_day(self.settings.files_dir, act.now.date())
        act.session.add(
            StaffFile(
                appeal_id=appeal.id,
                staff_id=ZHAO.staff_id,
                action=Action.ANSWER.value,
                move_seq=appeal.moves_made,
                shows=FileShows.OTHER,
                name="整改报告.pdf",
                octets=len(PDF),
                source_hash=b"of a report",
                document=store_file(day, PDF),
                stored_at=act.now,
            )
        )


A_REQUEST = (
    """
    INSERT INTO staff_member (id, username, name, role, password_hash, created_at)
    VALUES (90, 'mei', 'Administrator Mei', 'administrator', '', now())
    """,
    """
    INSERT INTO staff_request (kind, subject, staff_id, wanted, reason, asked_by, asked_at,
                               expires_at)
    VALUES ('password_reset', 'officer3', 3,
            '{"of": "staff", "step": "password", "key": "officer3", "seen": "0",
             "since": "2026-01-01"}',
            '忘记密码', 90, now(), now() + interval '7 days')
    """,
)
"""Another administrator asked for an officer's new password: it waits for a second person."""


MAIL_LINKS = (
    ("page_token", "supervisor6", MailLinkPurpose.PASSWORD),
    ("password_token", "mei", MailLinkPurpose.PASSWORD),
    ("address_token", "officer4", MailLinkPurpose.ADDRESS),
)
"""Links sent to staff: by which name the tests know the token, to whom, what for."""


def build_city(settings: Settings) -> ServedCity:
    """Fill an empty, migrated database."""
    city = ServedCity(settings)
    with city.act(FIRST) as act:
        settle(act.session)
        act.session.execute(
            sa.update(StaffMember).values(password_hash=passwords.hash_password(PASSWORD))
        )
        act.session.execute(
            sa.text("SELECT setval(pg_get_serial_sequence('staff_member', 'id'), 100)")
        )
        _write_march(act)
    with city.act(shanghai("2026-04-10 09:00")) as act:
        compile_brief(act, RegularMail.DAILY_BRIEF, date(2026, 3, 17))
        compile_brief(act, RegularMail.WEEKLY_BRIEF, date(2026, 3, 23))
    for state in State:
        city.today[state] = city.file_appeal_in(state)
    with city.act(FIRST) as act:
        act.session.execute(sa.text(PARK))
        for statement in A_REQUEST:
            act.session.execute(sa.text(statement))
    with city.act(FIRST) as act:
        permitted(act, QIAN)  # until the test of forms ends it
    with city.act(datetime.now(UTC)) as act:
        for name, username, purpose in MAIL_LINKS:
            city.tokens[name] = send_link(act, username, purpose)
    return city


def send_link(act: Act, username: str, purpose: MailLinkPurpose) -> str:
    """Send a person a link by mail, and return its token as the mail has it."""
    person = act.session.scalars(
        sa.select(StaffMember).where(StaffMember.username == username)
    ).one()
    person.email, person.email_verified_at = f"{username}@example.org", act.now
    mail_links.send_link(act, person, purpose)
    mail = sa.select(Notice.body).where(Notice.staff_id == person.id)
    body = act.session.scalars(mail.order_by(Notice.id.desc())).first()
    text = mail_links.fill_in_links(body or "", act.secret, act.base_url)
    return text.partition("token=")[2].split()[0]


def _write_march(act: Act) -> None:
    """Write random lives, whatever the rules allow, that end with the month."""
    dice = random.Random("served")  # noqa: S311 - a story, no secret
    bulk, walker = BulkWriter(act), Walker(dice)
    begun = sorted(FIRST + timedelta(hours=dice.randint(0, HOURS)) for _ in range(LIVES))
    until = shanghai("2026-04-10 09:00")
    bulk.write_histories(
        [walker.walk(bulk, filed, dice.randint(3, MOVES), until) for filed in begun]
    )
