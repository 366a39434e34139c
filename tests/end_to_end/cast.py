"""Who plays in the whole campaign, what each does on its days, and what they have read by then."""

import re
from collections import Counter
from datetime import timedelta
from typing import Any

from bots.sandbox.discord import Person as OnDiscord
from bots.sandbox.telegram import Person as OnTelegram
from tests.cli.processes import ended
from tests.end_to_end.servers import invited
from tests.end_to_end.stage import into_the_bot
from tests.end_to_end.whole import Whole, as_read, link_in, texts

EVERYTHING_FOR_FRIENDS = (
    "a promo code, 3 points, a role on Discord, an invitation to a private chat, a gift from the shop"
)

ROSE = """🎁 A reward for you · Bring a friend to Maison Lune

A rose at the desk.

The organizers will hand it over to you."""
"""What was promised, then not any more, and then again, before anybody had handed it over."""


class Cast:
    """Ana recommends, with an account on each messenger, and Zoé on Discord, in French. The others are friends."""

    def __init__(self, whole: Whole) -> None:
        self.whole, self.olga = whole, whole.stage.olga
        telegram, discord = whole.stage.world, whole.servers.world
        long_ago = whole.clock.now() - timedelta(days=400)
        self.ana, self.ben = (telegram.user(name, language_code="en") for name in ("Ana", "Ben"))
        self.chloe = telegram.user("Chloé", language_code="fr")
        self.ana_dc, self.dan = (discord.user(name, created_at=long_ago, locale="en-GB") for name in ("ana_dc", "dan"))
        self.zoe, self.elise = (
            discord.user(name, created_at=long_ago, locale="fr", global_name=shown)
            for name, shown in (("zoe", "Zoé"), ("elise", "Élise"))
        )
        for member in (self.ana_dc, self.zoe):
            member.joins(whole.servers.olga.invites(whole.servers.general))
        self.anas = self.zoes = ""

    @property
    def everybody(self) -> list[OnTelegram | OnDiscord]:
        return [self.olga, self.ana, self.ben, self.chloe, self.ana_dc, self.dan, self.zoe, self.elise]

    async def before_it_starts(self) -> None:
        whole = self.whole
        self.olga.says(whole.stage.salon, "Welcome, everybody")
        assert "Welcome!" in await whole.asks(self.olga, "start")
        told = await whole.asks(self.ana, "invite")
        assert "It opens on" in told
        assert "A friend counts once they: join, stay for 3 days, and say hello once." in told
        self.anas = link_in(told)
        self.zoes = link_in(await whole.asks(self.zoe, "invite"))
        offer = await whole.asks(self.ana, "link")
        code = re.search(r"/link (\S+)", offer)
        assert code is not None
        asked = self.ana_dc.runs(whole.servers.bot, "link", whole.servers.general, code=code[1])
        await whole.until(lambda: asked.reply, "the question whether Ana is Ana")
        assert asked.reply is not None
        self.ana_dc.presses(asked.reply, "Yes, that is me")
        await whole.until(
            lambda: asked.reply is not None and "Done: you and" in asked.reply.text, "two accounts joined"
        )

    async def first_day(self) -> None:
        whole = self.whole
        await whole.comes(0, 7, 1)
        await whole.reads(self.olga, "Bring a friend to Maison Lune has started")
        for friend, minute in ((self.ben, 5), (self.chloe, 10)):
            await whole.comes(0, 8, minute)
            friend.opens(await into_the_bot(self.anas))
            await whole.reads(friend, "Ana")
            if friend is self.ben:
                await self._ben_has_not_joined()
            friend.joins(whole.stage.salon)
            await whole.reads(self.ana, f"🎉 {friend.first_name} has arrived", "stay for 3 days and say hello once")
        await whole.comes(0, 8, 15)
        for new, link in ((self.dan, self.anas), (self.elise, self.zoes)):
            new.joins(await invited(link))
        await whole.reads(self.ana, "🎉 Dan has arrived", "stay for 3 days and say hello once")
        await whole.reads(self.zoe, "🎉 Élise vient d’arriver", "rester 3 jours et dire bonjour une fois")
        self.ben.says(whole.stage.salon, "Hello")
        for new in (self.dan, self.elise):
            new.says(whole.servers.general, "Hello")
        for new in (self.dan, self.elise):  # nobody is written to on Discord who has not used the bot there
            await whole.asks(new, "me")
        await whole.reads(self.ben, "Only through a friend.")
        await whole.reads(self.dan, "Only through a friend.")
        await whole.reads(self.chloe, "Seulement par un proche.")
        await whole.reads(self.elise, "Seulement par un proche.")

    async def _ben_has_not_joined(self) -> None:
        told = await self.whole.asks(self.ben, "me")
        assert "You came through Ana. So that it counts, you still have to:\n• join (until " in told
        assert f"Then you get: {EVERYTHING_FOR_FRIENDS}" in told

    async def posts(self) -> None:
        """Each once in each community, in its language; the button leads whoever presses it to a link of their own."""
        whole = self.whole
        for hour, there in ((8, 2), (9, 4), (10, 8), (11, 9)):
            await whole.comes(0, hour)
            await whole.until(lambda there=there: len(self._posted()) == there, self._posted)
        in_salon = [
            (each.text, each.media) for each in self.olga.sees(whole.stage.salon) if each.author is whole.stage.bot
        ]
        assert in_salon == [
            ("Nous ouvrons.", "photo"),
            ("Un film.", "video"),
            ("Les salles.", "photo"),
            ("", "photo"),
            ("👇 Faites-le connaître avec votre propre lien\u00a0:", None),
            ("Des mots.", None),
        ]
        teaser = self._on_discord()[0]
        assert [(each.text, len(each.media)) for each in self._on_discord()] == [
            ("We open.", 1),
            ("A film.", 1),
            ("The rooms.", 2),
        ]
        pressed = self.dan.presses(teaser, "📨 Share")
        await whole.until(lambda: pressed.replies, "Dan's own link")
        assert link_in(pressed.replies[-1].text) not in (self.anas, self.zoes)

    def _posted(self) -> list[Any]:
        salon = [each for each in self.olga.sees(self.whole.stage.salon) if each.author is self.whole.stage.bot]
        return [*salon, *self._on_discord()]

    def _on_discord(self) -> list[Any]:
        """What the bot has written in the channel for everybody."""
        servers = self.whole.servers
        return [each for each in servers.olga.sees(servers.general) if each.author is servers.bot]

    async def on_the_way(self) -> None:
        """What is missing and until when, as an advocate reads it and as a friend does."""
        whole = self.whole
        await whole.comes(0, 12, 1)
        await whole.reads(self.ana, "💡 Bring a friend to Maison Lune is still open", "3 friends are on the way")
        await whole.reads(self.zoe, "💡", "1 proche est déjà en chemin")
        await whole.comes(1, 8, 1)
        await whole.reads(self.olga, "Bring a friend to Maison Lune", "4 people joined")
        await whole.comes(2, 9)
        told = await whole.asks(self.ana, "me")
        assert "0 friends count · 3 on the way" in told
        assert "⏳ Ben: 2 of 3 days (until tomorrow, 8:05 AM)\n" in told
        assert "⏳ Chloé: 2 of 3 days (until tomorrow, 8:10 AM); needs to say hello\n" in told
        assert "🎯 One more friend until: 10 points" in told
        assert "🏆 At the end, the first 2 get: a promo code" in told
        assert "All times are Tunis time." in told
        told = await whole.asks(self.chloe, "me")
        assert "🤝 Tu es là grâce à Ana. Pour que ça compte, il te reste à :" in told
        assert "• rester jusqu’à demain 08:10 (2/3 jours)\n• dire bonjour dans le groupe\n" in told
        assert "Ensuite, tu reçois : un code promo, 3 points" in told
        await whole.comes(3, 9)
        told = await whole.asks(self.ana, "me")
        assert "⏳ Ben: all done; confirmed tomorrow at 8:05 AM if they are still here" in told
        assert "⏳ Chloé: needs to say hello" in told
        told = await whole.asks(self.elise, "me")
        assert "tu as tout fait. Ce sera confirmé demain à 08:15, si tu es encore là." in told
        assert not self.whole.shop.events
        assert "10 points" not in [each.split(" · ")[0] for each in texts(self.ana.inbox)]

    async def two_count(self) -> None:
        """Ben for Ana, Élise for Zoé; Dan has done everything too, and Ana's day is full."""
        whole = self.whole
        await whole.comes(4, 8, 6)
        await whole.reads(self.ana, "✅ Ben counts for you now", "You get 10 points for it.")
        await whole.reads(self.ana, "🎁 A promo code for you", "voucher-")
        await whole.reads(self.ana, "🎁 A reward for you", "The first one!")
        await whole.comes(4, 8, 16)
        await whole.reads(self.zoe, "✅ Élise compte maintenant pour toi", "Tu gagnes 10 points.")
        await whole.reads(self.zoe, "🎁 Une récompense pour toi", "Le premier !")
        for friend, said in ((self.ben, "Good to have you."), (self.elise, "Ravis de vous avoir.")):
            await whole.reads(friend, "🎁", said)
            await whole.reads(friend, "🎁", "welcome-")
            await whole.reads(friend, "🎁", "https://t.me/+")
        await whole.reads(self.ben, "🎁 A reward for you", "A rose at the desk.", "The organizers will hand it over")
        await whole.reads(self.elise, "🎁 Une récompense pour toi", "Une rose à l'accueil.", "te la remettront")
        await self._friends_have_what_is_theirs()
        await whole.until(lambda: sorted(self.told("parcel")) == ["reward.granted"] * 2, "two parcels")
        told = await whole.asks(self.ana, "me")
        assert "1 friend counts · 2 on the way · 10 points · Rank 1" in told
        assert "⏳ Dan: all done; counts tomorrow at 12:00 AM, for no more friends can count today" in told
        assert "✅ Counting: Ben" in told
        assert re.search(r"• a promo code: voucher-\d\n", told)
        assert "🎟 1 ticket in the draw for: a personal message" in told
        told = await whole.asks(self.dan, "me")
        assert "It counts tomorrow at 12:00 AM: enough friends of the same person have counted today." in told
        await whole.comes(4, 18, 1)
        await whole.until(lambda: len(self._posted()) == 11, "a leaderboard in both")
        assert ["Zoé" in each.text and "Ana" in each.text for each in (self._posted()[6], self._posted()[-1])] == [
            True
        ] * 2

    async def _friends_have_what_is_theirs(self) -> None:
        whole = self.whole
        elise = self.elise.member(whole.servers.atelier)
        await whole.until(lambda: whole.newcomers.id in elise.roles, "Élise's role")
        told = await whole.asks(self.elise, "me")
        assert "3 points" in told
        assert "🤝 Tu es là grâce à Zoé, et ça compte. Merci !" in told
        assert "• Une rose à l'accueil : les organisateurs s’en occupent" in told
        assert re.search(r"• un code promo : welcome-\d\n", told)
        link = next(text for text in texts(self.ben.inbox) if "https://t.me/+" in text)
        found = re.search(r"https://t\.me/\+[\w-]+", link)
        assert found is not None
        assert self.ben.opens(found[0]) is whole.stage.cercle
        assert whole.stage.cercle.has(self.ben)

    def told(self, reward: str, *, to: str | None = None) -> list[str]:
        """The types of what the shop was told of this reward, in order."""
        events = [each for each in self.whole.shop.events.values() if each["data"]["reward"] == reward]
        return [each["type"] for each in events if to in (None, each["data"]["member"]["name"])]

    async def the_pool_runs_dry(self) -> None:
        """Dan counts on the next day, and there is no code for him until more are brought in."""
        whole = self.whole
        await whole.comes(5, 0, 1)
        await whole.reads(self.ana, "✅ Dan counts for you now")
        await whole.reads(self.olga, "no codes are left in welcome", "sayso codes import welcome FILE")
        await whole.reads(self.dan, "Good to have you.")
        assert "• a promo code: your code waits; the organizers have to add new ones" in await whole.asks(
            self.dan, "me"
        )
        regular = self.ana_dc.member(whole.servers.atelier).roles
        await whole.until(lambda: whole.servers.regular.id in regular, "Ana's role")
        await whole.reads(self.ana, "🎁 An invitation for you", "https://t.me/+")
        await whole.until(lambda: self.told("tree") == ["reward.granted"], "the tree")
        brought = await ended(
            "codes", "import", "welcome", str(whole.more_codes), folder=whole.folder, **whole.environment
        )
        assert (brought.code, "welcome-" in brought.out + brought.err) == (0, False), brought.err
        assert "10 codes new, 1 known, 1 reward given that waited, 9 left" in brought.out
        await whole.reads(self.dan, "🎁 A promo code for you", "welcome-")
        again = await ended(
            "codes", "import", "welcome", str(whole.more_codes), folder=whole.folder, **whole.environment
        )
        assert (again.code, again.out) == (0, "")

    async def by_hand(self) -> None:
        whole = self.whole
        await whole.reads(self.olga, "Dan has earned what you hand over yourselves: A rose at the desk.")
        [listed] = await whole.answers(self.olga, "handout")
        assert "3 rewards to hand over" in as_read(listed.text)
        await whole.press(self.olga, listed, "✅ Handed over to Élise")
        await whole.reads(self.elise, "les organisateurs t’ont remis ta récompense : Une rose à l'accueil.")
        assert "• Une rose à l'accueil\n" in await whole.asks(self.elise, "me")

    async def one_leaves(self) -> None:
        """Ben, after he was rewarded; Ana asks the organizers to look again, and they let him count."""
        whole = self.whole
        await whole.comes(5, 9)
        self.chloe.says(whole.stage.salon, "Bonjour")
        await whole.until(whole.handled, "Chloé's word")
        assert "tu as tout fait. Ce sera confirmé demain à 09:00" in await whole.asks(self.chloe, "me")
        await whole.comes(5, 15)
        self.ben.leaves(whole.stage.salon)
        lost = await whole.reads(
            self.ana, "↩️ Ben does not count", "10 points were taken back.", "The role was taken back"
        )
        assert "Why: left again after it had counted; it counts again if they come back soon." in as_read(lost.text)
        assert "1 friend counts for you now." in as_read(lost.text)
        await whole.until(lambda: whole.servers.regular.id not in self._anas_roles(), "Ana's role taken back")
        await whole.until(lambda: self.told("tree") == ["reward.granted", "reward.reversed"], "the tree taken back")
        await whole.until(
            lambda: self.told("parcel", to="Ben") == ["reward.granted", "reward.reversed"], "Ben's parcel"
        )
        told = await whole.asks(self.ana, "me")
        assert "1 friend counts · 1 on the way · 10 points" in told
        assert "↩️ Ben: left again after it had counted" in told
        told = await whole.asks(self.ben, "me")
        assert "you left again; come back soon, and it counts again" in told
        await whole.press(self.ana, lost, "🙋 Ask the organizers")
        asked = await whole.reads(self.olga, "🙋 Ana asks you to look again", "Ben does not count")
        assert "(the organizers have been asked)" in await whole.asks(self.ana, "me")
        await whole.press(self.olga, asked, "✅ It counts")
        await whole.reads(self.ana, "🙋 The organizers have looked again: Ben counts")
        await whole.reads(self.ana, "✅ Ben counts again", "You get 10 points for it.", "2 friends count for you now.")
        await whole.until(lambda: whole.servers.regular.id in self._anas_roles(), "Ana's role given again")
        await whole.until(
            lambda: self.told("tree") == ["reward.granted", "reward.reversed", "reward.granted"], "the tree"
        )
        assert "2 friends count · 1 on the way · 20 points · Rank 1" in await whole.asks(self.ana, "me")

    def _anas_roles(self) -> list[int]:
        return list(self.ana_dc.member(self.whole.servers.atelier).roles)

    async def the_last_one_counts(self) -> None:
        whole = self.whole
        await whole.comes(6, 9, 1)
        await whole.reads(self.ana, "✅ Chloé counts for you now")
        await whole.reads(self.chloe, "🎁 Un code promo pour toi", "welcome-")
        dinner = await whole.reads(self.olga, "Ana has earned what you hand over yourselves: A dinner for two.")
        await whole.press(self.olga, dinner, "✅ Handed over")
        await whole.reads(self.ana, "the organizers have handed over your reward: A dinner for two.")

    async def announced(self) -> None:
        """To everybody who is in it, each person once; Ben is gone."""
        whole = self.whole
        [draft] = await whole.answers(self.olga, "announce", text="Merci à tous, thank you all!")
        await whole.press(self.olga, draft, "To everybody in the communities")
        await whole.until(lambda: "5 people get it" in draft.text, lambda: draft.text)
        await whole.press(self.olga, draft, "Send to 5 people")
        for member in (self.ana, self.chloe, self.dan, self.zoe, self.elise):
            await whole.reads(member, "📣", "Merci à tous, thank you all!")

    async def results(self) -> None:
        """The end, and the results once nobody can qualify any more: those on top get what they were promised."""
        whole = self.whole
        await whole.comes(12, 20, 1)
        await whole.reads(self.olga, "🏁 Bring a friend to Maison Lune has ended.")
        told = await whole.asks(self.ana, "me")
        assert "Friends who came in time can still count." in told
        assert "🎟 3 tickets in the draw for: a personal message\nThe results are final on" in told
        await whole.comes(17, 20, 1)
        told = await whole.reads(self.olga, "🏆 Bring a friend to Maison Lune: the results are final.")
        assert "2 rewards granted\nDraw raffle: 4 tickets\n" in as_read(told.text)
        assert "🥇 Ana · 3 friends · 30 points\n🥈 Zoé · 1 friend · 10 points" in as_read(told.text)
        await whole.reads(self.ana, "🏆", "you came in at number 1")
        await whole.reads(self.ana, "🎁 A promo code for you", "podium-")
        await whole.reads(self.zoe, "🎁 Un code promo pour toi", "podium-")
        assert "The results are final." in await whole.asks(self.ana, "me")

    def nothing_twice(self) -> None:
        """Nobody reads of a gift twice, no code is two people's, and the shop was told of each thing once."""
        whole = self.whole
        for person in self.everybody:
            told = Counter(
                text for text in texts(person.inbox) if text.startswith(("🎁", "📣", "✅", "🎉", "Only", "Seul"))
            )
            assert [as_read(text) for text, n in told.items() if n > 1] == ([ROSE] if person is self.ben else [])
        codes = [(code, person) for person in self.everybody for code in codes_of(person)]
        pools = Counter(code.partition("-")[0] for code, _ in codes)
        assert len({code for code, _ in codes}) == len(codes)
        assert pools == {"welcome": 4, "voucher": 2, "podium": 2}
        assert set(whole.shop.seen.values()) == {1}
        assert whole.shop.rejected == []
        assert Counter(self.told("parcel")) == {"reward.granted": 5, "reward.reversed": 1}  # Ben's again after all
        made = [each for each in whole.stage.world.calls_of("createChatInviteLink") if each.params.get("member_limit")]
        assert len(made) == 5  # four friends' and Ana's


def codes_of(person: OnTelegram | OnDiscord) -> set[str]:
    gifts = [text for text in texts(person.inbox) if text.startswith(("🎁 A promo code", "🎁 Un code promo"))]
    return set(re.findall(r"\b(?:welcome|voucher|podium)-\d+", "\n".join(gifts)))


def links_of(person: OnTelegram | OnDiscord) -> int:
    """How many invitations they were shown."""
    return len(set(re.findall(r"https://t\.me/\+[\w-]+", "\n".join(texts(person.inbox)))))
