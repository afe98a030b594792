"""On-call: schedules and escalation."""

from __future__ import annotations

from tap_rootly.client import RootlyFanOutStream, RootlyListStream
from tap_rootly.side_loading import SideLoadedStream


class Schedules(RootlyListStream):
    """An on-call schedule."""

    name = "schedules"
    path = "/v1/schedules"


class ScheduleRotations(RootlyFanOutStream):
    """One rotation of an on-call schedule."""

    name = "schedule_rotations"
    path = "/v1/schedules/{schedule_id}/schedule_rotations"
    parent_stream = "schedules"
    parent_fields = {"schedule_id": "id"}


class ScheduleRotationActiveDays(RootlyFanOutStream):
    """A day on which a rotation is active, with the hours."""

    name = "schedule_rotation_active_days"
    path = "/v1/schedule_rotations/{schedule_rotation_id}/schedule_rotation_active_days"
    parent_stream = "schedule_rotations"
    parent_fields = {"schedule_rotation_id": "id"}


class ScheduleRotationUsers(RootlyFanOutStream):
    """One participant of a rotation, with the position."""

    name = "schedule_rotation_users"
    path = "/v1/schedule_rotations/{schedule_rotation_id}/schedule_rotation_users"
    parent_stream = "schedule_rotations"
    parent_fields = {"schedule_rotation_id": "id"}


class OverrideShifts(RootlyFanOutStream):
    """A shift that overrides a scheduled one."""

    name = "override_shifts"
    path = "/v1/schedules/{schedule_id}/override_shifts"
    parent_stream = "schedules"
    parent_fields = {"schedule_id": "id"}


class OnCallShadows(RootlyFanOutStream):
    """One person shadowing an on-call shift."""

    name = "on_call_shadows"
    path = "/v1/schedules/{schedule_id}/on_call_shadows"
    parent_stream = "schedules"
    parent_fields = {"schedule_id": "id"}


class ShiftCoverageRequests(RootlyFanOutStream):
    """A request for someone else to cover a shift."""

    name = "shift_coverage_requests"
    path = "/v1/schedules/{schedule_id}/shift_coverage_requests"
    parent_stream = "schedules"
    parent_fields = {"schedule_id": "id"}
    paged = False


class EscalationPolicies(RootlyListStream):
    """An escalation policy: who is notified about an alert, and who next."""

    name = "escalation_policies"
    path = "/v1/escalation_policies"


class EscalationLevels(SideLoadedStream):
    """One level of an escalation policy."""

    name = "escalation_levels"
    path = "/v1/escalation_policies/{escalation_policy_id}/escalation_levels"
    parent_stream = "escalation_policies"
    parent_fields = {"escalation_policy_id": "id"}
    include = "escalation_policy_levels"


class EscalationPaths(SideLoadedStream):
    """One path of an escalation policy."""

    name = "escalation_paths"
    path = "/v1/escalation_policies/{escalation_policy_id}/escalation_paths"
    parent_stream = "escalation_policies"
    parent_fields = {"escalation_policy_id": "id"}
    include = "escalation_policy_paths"


class EscalationPathLevels(RootlyFanOutStream):
    """One level of an escalation path."""

    name = "escalation_path_levels"
    path = "/v1/escalation_paths/{escalation_policy_path_id}/escalation_levels"
    parent_stream = "escalation_paths"
    parent_fields = {"escalation_policy_path_id": "id"}


class OnCallRoles(RootlyListStream):
    """A role that defines on-call permissions."""

    name = "on_call_roles"
    path = "/v1/on_call_roles"
    selected_by_default = False


class OnCallPayReports(RootlyListStream):
    """A report of on-call pay."""

    name = "on_call_pay_reports"
    path = "/v1/on_call_pay_reports"
    selected_by_default = False


class Oncalls(RootlyListStream):
    """One person who is on call now, for one level of an escalation policy."""

    name = "oncalls"
    path = "/v1/oncalls"
    paged = False
    has_records = False
