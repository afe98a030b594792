"""Retrospectives: what is learned from incidents."""

from __future__ import annotations

from tap_rootly.client import RootlyFanOutStream, RootlyListStream
from tap_rootly.side_loading import SideLoadedStream


class PostMortems(RootlyListStream):
    """The retrospective of an incident."""

    name = "post_mortems"
    path = "/v1/post_mortems"


class PostMortemTemplates(RootlyListStream):
    """A template that retrospectives can be created from."""

    name = "post_mortem_templates"
    path = "/v1/post_mortem_templates"


class RetrospectiveConfigurations(RootlyListStream):
    """Whether certain incidents require a retrospective."""

    name = "retrospective_configurations"
    path = "/v1/retrospective_configurations"


class RetrospectiveProcesses(RootlyListStream):
    """A retrospective process."""

    name = "retrospective_processes"
    path = "/v1/retrospective_processes"


class RetrospectiveProcessGroups(RootlyFanOutStream):
    """A group of steps of a retrospective process."""

    name = "retrospective_process_groups"
    path = "/v1/retrospective_processes/{retrospective_process_id}/groups"
    parent_stream = "retrospective_processes"
    parent_fields = {"retrospective_process_id": "id"}
    sort = "created_at"


class RetrospectiveProcessGroupSteps(RootlyFanOutStream):
    """One step of a group within a retrospective process."""

    name = "retrospective_process_group_steps"
    path = "/v1/retrospective_process_groups/{retrospective_process_group_id}/steps"
    parent_stream = "retrospective_process_groups"
    parent_fields = {"retrospective_process_group_id": "id"}


class RetrospectiveSteps(SideLoadedStream):
    """A step of a retrospective process that is not in a group."""

    name = "retrospective_steps"
    path = "/v1/retrospective_processes/{retrospective_process_id}/retrospective_steps"
    parent_stream = "retrospective_processes"
    parent_fields = {"retrospective_process_id": "id"}
    include = "retrospective_steps"
