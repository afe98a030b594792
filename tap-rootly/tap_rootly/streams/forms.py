"""Forms: what people are asked in an incident."""

from __future__ import annotations

from tap_rootly.client import RootlyFanOutStream, RootlyListStream
from tap_rootly.side_loading import SideLoadedStream


class FormFields(RootlyListStream):
    """A field of the incident forms."""

    name = "form_fields"
    path = "/v1/form_fields"


class FormFieldOptions(SideLoadedStream):
    """One option of a form field."""

    name = "form_field_options"
    path = "/v1/form_fields/{form_field_id}/options"
    parent_stream = "form_fields"
    parent_fields = {"form_field_id": "id"}
    include = "options"


class FormFieldPlacements(RootlyFanOutStream):
    """The place of one form field in one form."""

    name = "form_field_placements"
    path = "/v1/form_fields/{form_field_id}/placements"
    parent_stream = "form_fields"
    parent_fields = {"form_field_id": "id"}


class FormFieldPlacementConditions(RootlyFanOutStream):
    """A condition under which a form field is shown in a form."""

    name = "form_field_placement_conditions"
    path = "/v1/form_field_placements/{form_field_placement_id}/conditions"
    parent_stream = "form_field_placements"
    parent_fields = {"form_field_placement_id": "id"}
    selected_by_default = False


class FormFieldPositions(SideLoadedStream):
    """The position of one form field within a form."""

    name = "form_field_positions"
    path = "/v1/form_fields/{form_field_id}/positions"
    parent_stream = "form_fields"
    parent_fields = {"form_field_id": "id"}
    include = "positions"
    selected_by_default = False


class FormSets(RootlyListStream):
    """A form set: the forms that certain incidents use."""

    name = "form_sets"
    path = "/v1/form_sets"


class FormSetConditions(RootlyFanOutStream):
    """A condition under which a form set is used."""

    name = "form_set_conditions"
    path = "/v1/form_sets/{form_set_id}/conditions"
    parent_stream = "form_sets"
    parent_fields = {"form_set_id": "id"}


class CustomFields(RootlyListStream):
    """A custom field, which form fields have replaced."""

    name = "custom_fields"
    path = "/v1/custom_fields"
    sort = "created_at"


class CustomFieldOptions(SideLoadedStream):
    """One option of a custom field."""

    name = "custom_field_options"
    path = "/v1/custom_fields/{custom_field_id}/options"
    parent_stream = "custom_fields"
    parent_fields = {"custom_field_id": "id"}
    include = "options"


class CustomForms(RootlyListStream):
    """A custom form, opened by a slash command."""

    name = "custom_forms"
    path = "/v1/custom_forms"
