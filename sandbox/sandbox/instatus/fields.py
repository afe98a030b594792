"""The fields of rows, as documented and as in real responses."""

from __future__ import annotations

from typing import Final, NamedTuple

from sandbox.instatus import site


class Names(NamedTuple):
    """The fields of a row.

    Attributes:
        documented: The documented fields.
        observed: Further fields in real responses.
    """

    documented: tuple[str, ...]
    observed: tuple[str, ...] = ()


PAGE: Final = Names(("id", *site.DOCUMENTED), tuple(site.OBSERVED))
COMPONENT: Final = Names(
    (
        "id",
        "name",
        "nameTranslationId",
        "nameHtml",
        "nameHtmlTranslationId",
        "description",
        "descriptionTranslationId",
        "descriptionHtml",
        "descriptionHtmlTranslationId",
        "uniqueEmail",
        "status",
        "order",
        "showUptime",
        "createdAt",
        "updatedAt",
        "archivedAt",
        "siteId",
        "groupId",
        "isThirdParty",
        "thirdPartyStatus",
        "thirdPartyComponentId",
        "thirdPartyComponentServiceId",
        "importedFromStatuspage",
        "startDate",
        "translations",
    ),
    ("internalStatus", "oldGroup", "isParent", "isCollapsed", "monitorId"),
)
COMPONENT_V2: Final = (
    "id",
    "name",
    "description",
    "status",
    "showUptime",
    "order",
    "groupId",
    "uniqueEmail",
    "translations",
)
AFFECTED: Final = ("id", "name", "status", "showUptime")
INCIDENT: Final = Names(
    ("id", "name", "status", "started", "duration", "resolved", "translations"),
    (
        "nameTranslationId",
        "notify",
        "createdAt",
        "updatedAt",
        "automated",
        "impact",
        "appId",
        "siteId",
        "importedFromStatuspage",
        "visibilityState",
        "createdByType",
        "createdByWorkspaceMemberId",
        "createdByMonitorLogId",
        "createdByThirdPartyMonitorId",
        "assignedWorkspaceMemberId",
        "subscribersNotified",
        "isMigratedToOutageDurations",
    ),
)
_UPDATE: Final = ("id", "message", "messageHtml", "status", "notify", "started", "ended", "duration", "createdAt")
_UPDATE_OBSERVED: Final = (
    "messageTranslationId",
    "messageHtmlTranslationId",
    "updatedAt",
    "importedFromStatuspage",
    "translations",
)
INCIDENT_UPDATE: Final = Names(_UPDATE, (*_UPDATE_OBSERVED, "incidentId"))
MAINTENANCE_UPDATE: Final = Names(_UPDATE, (*_UPDATE_OBSERVED, "maintenanceId"))
_BY_ID: Final = ("id", "message", "messageHtml", "status", "notify", "started", "translations")
_BY_ID_OBSERVED: Final = (
    "messageTranslationId",
    "messageHtmlTranslationId",
    "ended",
    "duration",
    "createdAt",
    "updatedAt",
    "importedFromStatuspage",
)
INCIDENT_UPDATE_BY_ID: Final = Names(_BY_ID, (*_BY_ID_OBSERVED, "incidentId"))
MAINTENANCE_UPDATE_BY_ID: Final = Names(_BY_ID, (*_BY_ID_OBSERVED, "maintenanceId"))
MAINTENANCE: Final = Names(
    (
        "id",
        "name",
        "status",
        "start",
        "duration",
        "notifyStart",
        "notifyEnd",
        "notifyEarly",
        "notifyMinutes",
        "autoStart",
        "autoEnd",
        "translations",
    ),
    (
        "nameTranslationId",
        "end",
        "createdAt",
        "updatedAt",
        "resolved",
        "notify",
        "impact",
        "siteId",
        "notifyEarlySent",
        "importedFromStatuspage",
    ),
)
TEMPLATE: Final = Names(
    (
        "id",
        "type",
        "name",
        "nameTranslationId",
        "message",
        "messageTranslationId",
        "messageHtml",
        "messageHtmlTranslationId",
        "status",
        "notify",
        "createdAt",
        "siteId",
        "importedFromStatuspage",
        "deletedAt",
        "origin",
        "translations",
    ),
    ("label",),
)
TEMPLATE_COMPONENT: Final = ("id", "status", "componentId", "templateId", "importedFromStatuspage")
USER: Final = ("id", "name", "email", "avatar")
USER_PROFILE: Final = ("id", "email", "name", "slug", "avatar")
ON_CALL_MEMBER: Final = ("id", "name", "email", "phone", "avatar")
SUBSCRIBER: Final = Names(
    ("id", "email", "phone", "webhook", "webhookEmail", "confirmed", "all"),
    (
        "name",
        "createdAt",
        "updatedAt",
        "siteId",
        "unsubscribeToken",
        "discord",
        "discordTeam",
        "slack",
        "slackTeam",
        "language",
        "company",
        "microsoftTeamsWebhook",
        "googleChatWebhook",
        "googleChatSpace",
        "failedAttempts",
        "approved",
        "importedFromStatuspage",
        "hideUnsubLink",
        "webhookIncidentBody",
        "webhookMaintenanceBody",
        "webhookComponentBody",
        "webhookHttpMethod",
        "webhookHeaders",
        "webhookQueryParams",
    ),
)
CRON_MONITOR: Final = ("id", "slug")
METRIC: Final = ("id", "name", "active", "order", "suffix")
DATAPOINT: Final = ("id", "timestamp", "value")
MONITOR: Final = (
    "pageId",
    "name",
    "type",
    "url",
    "httpMethod",
    "headers",
    "queryParams",
    "body",
    "basicAuth",
    "assertions",
    "alerts",
    "locations",
    "checksInterval",
    "onFail",
    "onRecover",
    "createdAt",
    "updatedAt",
)
