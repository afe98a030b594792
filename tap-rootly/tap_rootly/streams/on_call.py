"""Who is on call: schedules, escalation."""

from __future__ import annotations

from tap_rootly.client import RootlyFanOutStream, RootlyListStream
from tap_rootly.side_loading import SideLoadedStream


class Schedules(RootlyListStream):
    """Who is on call when, as plans."""

    name = "schedules"
    path = "/v1/schedules"


class ScheduleRotations(RootlyFanOutStream):
    """The rotations of a schedule."""

    name = "schedule_rotations"
    path = "/v1/schedules/{schedule_id}/schedule_rotations"
    parent_stream = "schedules"
    parent_fields = {"schedule_id": "id"}


class ScheduleRotationActiveDays(RootlyFanOutStream):
    """The days and hours on which a rotation is active."""

    name = "schedule_rotation_active_days"
    path = "/v1/schedule_rotations/{schedule_rotation_id}/schedule_rotation_active_days"
    parent_stream = "schedule_rotations"
    parent_fields = {"schedule_rotation_id": "id"}


class ScheduleRotationUsers(RootlyFanOutStream):
    """Who takes part in a rotation, and in which order."""

    name = "schedule_rotation_users"
    path = "/v1/schedule_rotations/{schedule_rotation_id}/schedule_rotation_users"
    parent_stream = "schedule_rotations"
    parent_fields = {"schedule_rotation_id": "id"}


class OverrideShifts(RootlyFanOutStream):
    """Shifts that replace planned ones."""

    name = "override_shifts"
    path = "/v1/schedules/{schedule_id}/override_shifts"
    parent_stream = "schedules"
    parent_fields = {"schedule_id": "id"}


class OnCallShadows(RootlyFanOutStream):
    """Who follows a shift to learn."""

    name = "on_call_shadows"
    path = "/v1/schedules/{schedule_id}/on_call_shadows"
    parent_stream = "schedules"
    parent_fields = {"schedule_id": "id"}


class ShiftCoverageRequests(RootlyFanOutStream):
    """Shifts for which somebody else is wanted."""

    name = "shift_coverage_requests"
    path = "/v1/schedules/{schedule_id}/shift_coverage_requests"
    parent_stream = "schedules"
    parent_fields = {"schedule_id": "id"}
    paged = False


class EscalationPolicies(RootlyListStream):
    """Who is told of an alert, and who next."""

    name = "escalation_policies"
    path = "/v1/escalation_policies"


class EscalationLevels(SideLoadedStream):
    """The levels of an escalation policy."""

    name = "escalation_levels"
    path = "/v1/escalation_policies/{escalation_policy_id}/escalation_levels"
    parent_stream = "escalation_policies"
    parent_fields = {"escalation_policy_id": "id"}
    include = "escalation_policy_levels"


class EscalationPaths(SideLoadedStream):
    """The paths of an escalation policy."""

    name = "escalation_paths"
    path = "/v1/escalation_policies/{escalation_policy_id}/escalation_paths"
    parent_stream = "escalation_policies"
    parent_fields = {"escalation_policy_id": "id"}
    include = "escalation_policy_paths"


class EscalationPathLevels(RootlyFanOutStream):
    """The levels of a path of an escalation policy."""

    name = "escalation_path_levels"
    path = "/v1/escalation_paths/{escalation_policy_path_id}/escalation_levels"
    parent_stream = "escalation_paths"
    parent_fields = {"escalation_policy_path_id": "id"}


class OnCallRoles(RootlyListStream):
    """What people may do on call."""

    name = "on_call_roles"
    path = "/v1/on_call_roles"
    selected_by_default = False


class OnCallPayReports(RootlyListStream):
    """What being on call is paid."""

    name = "on_call_pay_reports"
    path = "/v1/on_call_pay_reports"
    selected_by_default = False


class Oncalls(RootlyListStream):
    """Who is on call now, level by level."""

    name = "oncalls"
    path = "/v1/oncalls"
    paged = False
    has_records = False
