"""What the organisation consists of: services, teams, and custom catalogs."""

from __future__ import annotations

from tap_rootly.client import RootlyFanOutStream, RootlyListStream, UndocumentedList


class Services(RootlyListStream):
    """A service that the organisation runs."""

    name = "services"
    path = "/v1/services"


class Functionalities(RootlyListStream):
    """A functionality, as users of the services see it."""

    name = "functionalities"
    path = "/v1/functionalities"


class Environments(RootlyListStream):
    """An environment that services run in."""

    name = "environments"
    path = "/v1/environments"


class Teams(RootlyListStream):
    """A team, with what it owns."""

    name = "teams"
    path = "/v1/teams"


class Catalogs(RootlyListStream):
    """A custom catalog."""

    name = "catalogs"
    path = "/v1/catalogs"
    sort = "created_at"


class CatalogEntities(RootlyFanOutStream):
    """One entry of a catalog."""

    name = "catalog_entities"
    path = "/v1/catalogs/{catalog_id}/entities"
    parent_stream = "catalogs"
    parent_fields = {"catalog_id": "id"}
    sort = "created_at"


class CatalogProperties(UndocumentedList, RootlyFanOutStream):
    """A property that the entries of a catalog have."""

    name = "catalog_properties"
    path = "/v1/catalogs/{catalog_id}/properties"
    parent_stream = "catalogs"
    parent_fields = {"catalog_id": "id"}
    paged = False


class CatalogEntityProperties(RootlyFanOutStream):
    """The value of one property of one catalog entry."""

    name = "catalog_entity_properties"
    path = "/v1/catalog_entities/{catalog_entity_id}/properties"
    parent_stream = "catalog_entities"
    parent_fields = {"catalog_entity_id": "id"}
    sort = "created_at"
    selected_by_default = False


class CatalogChecklistTemplates(RootlyListStream):
    """A checklist of what a catalog entry should specify."""

    name = "catalog_checklist_templates"
    path = "/v1/catalog_checklist_templates"
    sort = "created_at"


class CatalogEntityChecklists(RootlyListStream):
    """The checklist of one catalog entry, with how complete it is."""

    name = "catalog_entity_checklists"
    path = "/v1/catalog_entity_checklists"


class ServiceCatalogProperties(RootlyListStream):
    """A custom property of services."""

    name = "service_catalog_properties"
    path = "/v1/services/properties"
    sort = "created_at"
    has_records = False


class FunctionalityCatalogProperties(RootlyListStream):
    """A custom property of functionalities."""

    name = "functionality_catalog_properties"
    path = "/v1/functionalities/properties"
    sort = "created_at"
    has_records = False


class EnvironmentCatalogProperties(RootlyListStream):
    """A custom property of environments."""

    name = "environment_catalog_properties"
    path = "/v1/environments/properties"
    sort = "created_at"
    has_records = False


class TeamCatalogProperties(RootlyListStream):
    """A custom property of teams."""

    name = "team_catalog_properties"
    path = "/v1/teams/properties"
    sort = "created_at"
    has_records = False


class CauseCatalogProperties(RootlyListStream):
    """A custom property of causes."""

    name = "cause_catalog_properties"
    path = "/v1/causes/properties"
    sort = "created_at"
    has_records = False


class IncidentTypeCatalogProperties(RootlyListStream):
    """A custom property of incident types."""

    name = "incident_type_catalog_properties"
    path = "/v1/incident_types/properties"
    sort = "created_at"
    has_records = False
