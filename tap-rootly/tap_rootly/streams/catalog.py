"""What the organisation has: services, teams, and catalogs of anything else."""

from __future__ import annotations

from tap_rootly.client import RootlyFanOutStream, RootlyListStream, UndocumentedList


class Services(RootlyListStream):
    """What the organisation runs."""

    name = "services"
    path = "/v1/services"


class Functionalities(RootlyListStream):
    """What the services are for, as users see it."""

    name = "functionalities"
    path = "/v1/functionalities"


class Environments(RootlyListStream):
    """Where services run."""

    name = "environments"
    path = "/v1/environments"


class Teams(RootlyListStream):
    """Groups of people, with what they own."""

    name = "teams"
    path = "/v1/teams"


class Catalogs(RootlyListStream):
    """Catalogs of any kind of thing."""

    name = "catalogs"
    path = "/v1/catalogs"
    sort = "created_at"


class CatalogEntities(RootlyFanOutStream):
    """The things in a catalog."""

    name = "catalog_entities"
    path = "/v1/catalogs/{catalog_id}/entities"
    parent_stream = "catalogs"
    parent_fields = {"catalog_id": "id"}
    sort = "created_at"


class CatalogProperties(UndocumentedList, RootlyFanOutStream):
    """The properties that the things of a catalog have."""

    name = "catalog_properties"
    path = "/v1/catalogs/{catalog_id}/properties"
    parent_stream = "catalogs"
    parent_fields = {"catalog_id": "id"}
    paged = False


class CatalogEntityProperties(RootlyFanOutStream):
    """The values of the properties, thing by thing."""

    name = "catalog_entity_properties"
    path = "/v1/catalog_entities/{catalog_entity_id}/properties"
    parent_stream = "catalog_entities"
    parent_fields = {"catalog_entity_id": "id"}
    sort = "created_at"
    selected_by_default = False


class CatalogChecklistTemplates(RootlyListStream):
    """What an entry of a catalog should tell."""

    name = "catalog_checklist_templates"
    path = "/v1/catalog_checklist_templates"
    sort = "created_at"


class CatalogEntityChecklists(RootlyListStream):
    """How far the entries of a catalog are from that."""

    name = "catalog_entity_checklists"
    path = "/v1/catalog_entity_checklists"


class ServiceCatalogProperties(RootlyListStream):
    """Properties that services have."""

    name = "service_catalog_properties"
    path = "/v1/services/properties"
    sort = "created_at"
    has_records = False


class FunctionalityCatalogProperties(RootlyListStream):
    """Properties that functionalities have."""

    name = "functionality_catalog_properties"
    path = "/v1/functionalities/properties"
    sort = "created_at"
    has_records = False


class EnvironmentCatalogProperties(RootlyListStream):
    """Properties that environments have."""

    name = "environment_catalog_properties"
    path = "/v1/environments/properties"
    sort = "created_at"
    has_records = False


class TeamCatalogProperties(RootlyListStream):
    """Properties that teams have."""

    name = "team_catalog_properties"
    path = "/v1/teams/properties"
    sort = "created_at"
    has_records = False


class CauseCatalogProperties(RootlyListStream):
    """Properties that causes have."""

    name = "cause_catalog_properties"
    path = "/v1/causes/properties"
    sort = "created_at"
    has_records = False


class IncidentTypeCatalogProperties(RootlyListStream):
    """Properties that incident types have."""

    name = "incident_type_catalog_properties"
    path = "/v1/incident_types/properties"
    sort = "created_at"
    has_records = False
