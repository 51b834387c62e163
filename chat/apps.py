"""Wires the app together when Django starts."""

from typing import Any

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate, pre_migrate


class ChatConfig(AppConfig):
    name = "chat"
    verbose_name = "Sluice"

    def ready(self) -> None:
        from . import (
            checks,  # noqa: F401  registers the system checks
            conf,
            generation,
            people,
            policies,
            proving,
            retention,
            reviews,
            sweep,
            workers,
        )

        conf.runner().register(generation.run, generation.tell)
        conf.PROBES.append(sweep.problem)
        if conf.queued():
            conf.PROBES.append(workers.problem)
        proving.IN_USE.append(policies.in_use)
        people.on_deactivate.append(generation.stop_person)
        retention.ON_ERASE += [reviews.forget, policies.forget]
        pre_migrate.connect(_drop_guards, sender=self)
        post_migrate.connect(_install_guards, sender=self)
        post_migrate.connect(_install_roles, sender=self)
        post_migrate.connect(_begin_chain, sender=self)
        post_migrate.connect(_fill_in_cases, sender=self)


def _drop_guards(**kwargs: Any) -> None:
    from .models import guards

    guards.drop()


def _install_guards(**kwargs: Any) -> None:
    from .models import guards

    guards.install()


def _install_roles(**kwargs: Any) -> None:
    from django.contrib.auth.management import create_permissions
    from django.db import connection

    from .models import roles

    if "auth_group" in connection.introspection.table_names():
        # They are made after this too, when Django's own apps have their turn.
        create_permissions(**kwargs)
        roles.install()


def _begin_chain(**kwargs: Any) -> None:
    from . import audit

    audit.begin()


def _fill_in_cases(**kwargs: Any) -> None:
    """Describe the cases of the version before, all of them, before anybody opens the desk."""
    from . import turns

    if "apps" in kwargs and _columns(kwargs["apps"]) == _columns(apps):
        while turns.fill_in():
            pass


def _columns(of: Any) -> dict[str, set[str]]:
    """Of each table: a migration that has led elsewhere than to these models leaves others."""
    models = [model._meta for model in of.get_models() if model._meta.app_label == "chat"]
    return {model.db_table: {field.column for field in model.local_concrete_fields} for model in models}
