"""A reminder as an Internet message (RFC 5322)."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from delivery.channels.channel import Message
from templates.message import one_line

# Bodies of 7 bits pass every server. Python would break a long address of a header, which has no space, into encoded words:
# lines may have 998 characters (RFC 5322, section 2.1.1).
_POLICY = SMTP.clone(cte_type="7bit", max_line_length=998)


def message_id(message: Message, sender: Address) -> str:
    """The same for every attempt: a mailbox that gets a reminder twice can show it once."""
    return f"<{message.key}@{sender.domain}>"


def mail(message: Message, to: str, sender: Address, now: datetime) -> EmailMessage:
    """`to` is an address in ASCII, `now` is in UTC."""
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = Address(one_line(message.sender_name or sender.display_name), sender.username, sender.domain)
    username, _, domain = to.rpartition("@")
    mail["To"] = Address(username=username, domain=domain)
    mail["Subject"] = one_line(message.subject or "")
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = message_id(message, sender)
    # RFC 3834: so that nobody's absence is announced to us.
    mail["Auto-Submitted"] = "auto-generated"
    if message.unsubscribe_url is not None:
        mail["List-Unsubscribe"] = f"<{message.unsubscribe_url}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(message.text)
    if message.html is not None:
        mail.add_alternative(message.html, subtype="html")
    return mail
