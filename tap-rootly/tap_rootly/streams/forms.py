"""Forms: what people are asked in an incident."""

from __future__ import annotations

from tap_rootly.client import RootlyFanOutStream, RootlyListStream
from tap_rootly.side_loading import SideLoadedStream


class FormFields(RootlyListStream):
    """Fields that people fill in for an incident."""

    name = "form_fields"
    path = "/v1/form_fields"


class FormFieldOptions(SideLoadedStream):
    """The answers that a field offers."""

    name = "form_field_options"
    path = "/v1/form_fields/{form_field_id}/options"
    parent_stream = "form_fields"
    parent_fields = {"form_field_id": "id"}
    include = "options"


class FormFieldPlacements(RootlyFanOutStream):
    """Where in which form a field stands."""

    name = "form_field_placements"
    path = "/v1/form_fields/{form_field_id}/placements"
    parent_stream = "form_fields"
    parent_fields = {"form_field_id": "id"}


class FormFieldPlacementConditions(RootlyFanOutStream):
    """When a field is shown there."""

    name = "form_field_placement_conditions"
    path = "/v1/form_field_placements/{form_field_placement_id}/conditions"
    parent_stream = "form_field_placements"
    parent_fields = {"form_field_placement_id": "id"}
    selected_by_default = False


class FormFieldPositions(SideLoadedStream):
    """The order of the fields in the forms."""

    name = "form_field_positions"
    path = "/v1/form_fields/{form_field_id}/positions"
    parent_stream = "form_fields"
    parent_fields = {"form_field_id": "id"}
    include = "positions"
    selected_by_default = False


class FormSets(RootlyListStream):
    """Sets of forms."""

    name = "form_sets"
    path = "/v1/form_sets"


class FormSetConditions(RootlyFanOutStream):
    """When a set of forms is used."""

    name = "form_set_conditions"
    path = "/v1/form_sets/{form_set_id}/conditions"
    parent_stream = "form_sets"
    parent_fields = {"form_set_id": "id"}


class CustomFields(RootlyListStream):
    """The older kind of form fields."""

    name = "custom_fields"
    path = "/v1/custom_fields"
    sort = "created_at"


class CustomFieldOptions(SideLoadedStream):
    """The answers that a custom field offers."""

    name = "custom_field_options"
    path = "/v1/custom_fields/{custom_field_id}/options"
    parent_stream = "custom_fields"
    parent_fields = {"custom_field_id": "id"}
    include = "options"


class CustomForms(RootlyListStream):
    """Forms of their own, opened by a command."""

    name = "custom_forms"
    path = "/v1/custom_forms"
