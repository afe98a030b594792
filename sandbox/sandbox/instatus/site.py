"""The columns of a page: what its own list tells of it, and what leaks along with affected components."""

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
"""What the list of pages is documented to tell, and its defaults."""

OBSERVED: Final[dict[str, Any]] = {
    "workspaceId": None,
    "sendSmsNotifications": False,
    "uptimeDaysDisplay": "NINETY",
    "uptimeOutageDisplay": "DEFAULT",
}
"""What the list tells besides."""

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
"""Stand-ins for columns that real answers have and no source names, so that a reader who drops
the secrets by name, instead of taking what is wanted, is found out."""

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
"""What the page inside of an affected component is documented to tell."""
