"""Every table, named in one place: for the migrations and the test that compares them. Nothing else needs this."""

from sqlmodel import SQLModel

from core.arrivals import table as arrivals
from core.broadcasts import table as broadcasts
from core.budgets import table as budgets
from core.campaign import table as campaign
from core.cascade import table as cascade
from core.chats import table as chats
from core.codes import table as codes
from core.consents import table as consents
from core.conversions import table as conversions
from core.digests import table as digests
from core.doors import table as doors
from core.draws import table as draws
from core.folds import table as folds
from core.histograms import table as histograms
from core.hooks import table as hooks
from core.inbox import table as inbox
from core.journal import table as journal
from core.keys import table as keys
from core.ledger import table as ledger
from core.links import table as links
from core.media import table as media
from core.members import table as members
from core.notices import table as notices
from core.occurrences import table as occurrences
from core.outbox import table as outbox
from core.persons import table as persons
from core.referrals import table as referrals
from core.reminders import table as reminders
from core.rewards import table as rewards
from core.shares import table as shares
from core.totals import table as totals
from core.visits import table as visits

ROOMS = (
    arrivals,
    broadcasts,
    budgets,
    campaign,
    cascade,
    chats,
    codes,
    consents,
    conversions,
    digests,
    doors,
    draws,
    folds,
    histograms,
    hooks,
    inbox,
    journal,
    keys,
    ledger,
    links,
    media,
    members,
    notices,
    occurrences,
    outbox,
    persons,
    referrals,
    reminders,
    rewards,
    shares,
    totals,
    visits,
)
METADATA = SQLModel.metadata
