"""The columns of a page: those in its own list, and those that leak with affected components."""

from __future__ import annotations

from typing import Any, Final

DOCUMENTED: Final[dict[str, Any]] = {
    "subdomain": "",
    "name": "",
    "logoUrl": None,
    "faviconUrl": None,
    "websiteUrl": None,
    "customDomain": None,
    "publicEmail": None,
    "twitter": None,
    "status": "UP",
    "subscribeBySms": None,
    "language": "en",
    "useLargeHeader": False,
    "brandColor": "#111111",
    "okColor": "#33B17E",
    "disruptedColor": None,
    "degradedColor": None,
    "downColor": None,
    "noticeColor": None,
    "unknownColor": None,
    "googleAnalytics": None,
    "smsService": None,
    "htmlInMeta": None,
    "htmlAboveHeader": None,
    "htmlBelowHeader": None,
    "htmlAboveFooter": None,
    "htmlBelowFooter": None,
    "htmlBelowSummary": None,
    "launchDate": None,
    "cssGlobal": None,
    "onboarded": True,
    "createdAt": None,
    "updatedAt": None,
    "secureLink": None,
}
"""The documented fields of the list of pages, and their defaults."""

OBSERVED: Final[dict[str, Any]] = {
    "workspaceId": None,
    "sendSmsNotifications": False,
    "uptimeDaysDisplay": "NINETY",
    "uptimeOutageDisplay": "DEFAULT",
}
"""Further fields of the list."""

SECRETS: Final = (
    "twilioSid",
    "twilioToken",
    "nexmoKey",
    "nexmoSecret",
    "messagebirdAPIKey",
    "mailgunKey",
    "sendGridKey",
    "postmarkKey",
    "smtpUser",
    "smtpPass",
    "sesAccessKeyId",
    "sesSecretAccessKey",
    "snsAccessKeyId",
    "snsSecretAccessKey",
    "esendexUsername",
    "esendexPassword",
    "pingdomToken",
    "datadogApiKey",
    "datadogApplicationKey",
    "newrelicApiKey",
    "prometheusApiToken",
    "intercomWorkspaceId",
    "singlePassword",
    "secretToBypassPrivacy",
    "secureLinkToken",
)
"""Credentials among the columns of a page."""

UNNAMED: Final = tuple(f"unnamed{number:02}" for number in range(1, 81))
"""Stand-ins for columns of unknown name in real responses, to expose readers that drop secrets by name
instead of selecting what they need."""

_INTERNAL: Final[dict[str, Any]] = {
    "color": None,
    "autoRedirect": False,
    "disableDarkMode": False,
    "dateFormat": "MMMM d, yyyy",
    "dateFormatShort": "MMM d",
    "timeFormat": "p",
    "private": False,
    "useAllowList": False,
    "allowList": None,
    "twilioSender": None,
    "esendexAccountRef": None,
    "nexmoSender": None,
}

COLUMNS: Final[dict[str, Any]] = {
    **DOCUMENTED,
    **OBSERVED,
    **_INTERNAL,
    **dict.fromkeys(SECRETS),
    **dict.fromkeys(UNNAMED),
    "translations": dict,
}

TRIMMED: Final = ("id", "name", "subdomain", "color", "logoUrl", "publicEmail")
"""The documented fields of the page inside an affected component."""
