"""Users: personal data, read only if selected."""

from __future__ import annotations

from tap_rootly.client import RootlyListStream
from tap_rootly.side_loading import SideLoadedStream


class Users(RootlyListStream):
    """A user of the organisation."""

    name = "users"
    path = "/v1/users"
    sort = "created_at"
    selected_by_default = False


class UserEmailAddresses(SideLoadedStream):
    """One email address of a user."""

    name = "user_email_addresses"
    path = "/v1/users/{user_id}/email_addresses"
    parent_stream = "users"
    parent_fields = {"user_id": "id"}
    include = "email_addresses"
    paged = False
    selected_by_default = False


class UserPhoneNumbers(SideLoadedStream):
    """One phone number of a user."""

    name = "user_phone_numbers"
    path = "/v1/users/{user_id}/phone_numbers"
    parent_stream = "users"
    parent_fields = {"user_id": "id"}
    include = "phone_numbers"
    paged = False
    selected_by_default = False


class UserNotificationRules(SideLoadedStream):
    """A rule for how a user is notified."""

    name = "user_notification_rules"
    path = "/v1/users/{user_id}/notification_rules"
    parent_stream = "users"
    parent_fields = {"user_id": "id"}
    include = "notification_rules"
    selected_by_default = False


class CurrentUser(RootlyListStream):
    """The user that the API key belongs to: a single row."""

    name = "current_user"
    path = "/v1/users/me"
    paged = False
    has_records = False
    selected_by_default = False
