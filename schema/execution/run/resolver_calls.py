"""Calls of resolvers, one for each source, for fields whose values can't be read for a whole level."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard

import strawberry
from strawberry.extensions import FieldExtension
from strawberry.extensions.field_extension import build_field_extension_resolvers
from strawberry.permission import PermissionExtension
from strawberry.types.field import StrawberryField

from schema.execution.values.arguments import Arguments
from schema.execution.values.conversion import Conversion

from .state import Run

if TYPE_CHECKING:
    from graphql.pyutils import Path

    from schema.execution.plan.fields import FieldPlan

Call: TypeAlias = Callable[[Run, Any, "Path | None"], Any]
"""Calls a field's resolver for one source at a path, and returns its result."""


def are_permissions(extensions: Sequence[FieldExtension]) -> TypeGuard[Sequence[PermissionExtension]]:
    """Returns True if all extensions of a field are permission checks."""
    return all(type(extension) is PermissionExtension for extension in extensions)


def are_of_the_context(permissions: Sequence[PermissionExtension]) -> bool:
    """Returns True if every permission class depends only on the context: `depends_on_context_only = True`."""
    return all(getattr(asked, "depends_on_context_only", False) for each in permissions for asked in each.permissions)


def can_be_of_the_context(permissions: Sequence[PermissionExtension]) -> bool:
    """Returns True if the context alone can allow every source, by every permission class.

    Such a class depends only on the context, or it has `can_allow_by_context = True`: if it allows None as the source,
    it allows every source.
    """
    return all(
        getattr(asked, "depends_on_context_only", False) or getattr(asked, "can_allow_by_context", False)
        for each in permissions
        for asked in each.permissions
    )


def _maps_arguments(extension: FieldExtension) -> bool:
    return type(extension).map_arguments is not FieldExtension.map_arguments


def graphql_call(field: "FieldPlan", arguments: Arguments) -> Call:
    """Returns a call that does the same as graphql-core."""
    resolve = field.field.resolve or field.compiler.executor.field_resolver

    def call(run: Run, source: Any, path: "Path | None") -> Any:
        return resolve(source, field.info(run, path), **arguments.fresh(run))

    return call


class StrawberryCall:
    """A direct call of the function that Strawberry's resolver wraps."""

    def __init__(
        self, field: "FieldPlan", definition: StrawberryField, arguments: Arguments, conversion: Conversion
    ) -> None:
        self._field = field
        self._definition = definition
        self._arguments = arguments
        self._convert = conversion.of_arguments(definition)
        self._extensions = build_field_extension_resolvers(definition)
        permissions = definition.extensions if are_permissions(definition.extensions) else ()
        is_at_once = can_be_of_the_context(permissions) and all(each.supports_sync for each in permissions)
        self._asked = [asked for each in permissions for asked in each.permissions] if is_at_once else []
        self._mapping = [each for each in definition.extensions if _maps_arguments(each)]
        resolver = definition.base_resolver
        self._info_class = field.compiler.schema.config.info_class
        self._takes_self = resolver is not None and resolver.self_parameter is not None
        parameters = (resolver.parent_parameter, resolver.root_parameter) if resolver else ()
        self._source_names = [parameter.name for parameter in parameters if parameter]
        self._info_name = resolver.info_parameter.name if resolver and resolver.info_parameter else None
        is_stock = type(definition).get_result is StrawberryField.get_result
        self._resolve: Any = resolver.wrapped_func if resolver is not None and is_stock else None

    def info(self, run: Run, path: "Path | None") -> strawberry.Info:
        return self._info_class(_raw_info=self._field.info(run, path), _field=self._definition)

    def arguments(self, run: Run, info: strawberry.Info) -> dict[str, Any]:
        """Returns the arguments of the resolver."""
        arguments = self._convert(self._arguments.coerced(run), info)
        for extension in self._mapping:
            arguments = extension.map_arguments(arguments)
        return arguments

    def is_let_through(self, source: Any, info: strawberry.Info, arguments: dict[str, Any]) -> bool:
        """Returns True if the context can allow the call, and all permissions do. `source` is None for a whole level.

        If it returns False, the extensions decide.
        """
        for asked in self._asked:
            if asked.has_permission(source, info, **arguments) is not True:
                return False
        return bool(self._asked)

    def through_extensions(self, next_: Callable[..., Any], source: Any, info: strawberry.Info, **kwargs: Any) -> Any:
        """Calls the field's extensions, and `next_` if they allow the call."""
        for extension in self._extensions:
            next_ = partial(extension, next_)
        return next_(source, info, **kwargs)

    def __call__(self, run: Run, source: Any, path: "Path | None") -> Any:
        definition = self._definition
        info = self.info(run, path)
        kwargs = self.arguments(run, info)
        for name in self._source_names:
            kwargs[name] = source
        args = [source] if self._takes_self else []
        info_name = self._info_name
        if not self._extensions or self.is_let_through(source, info, kwargs):
            if info_name is not None:
                kwargs[info_name] = info
            if self._resolve is not None:  # `get_result` would do the same
                return self._resolve(*args, **kwargs)
            return definition.get_result(source, info=info, args=args, kwargs=kwargs)
        if info_name is not None and info_name != "info":
            kwargs[info_name] = info

        def get_result(source: Any, info: strawberry.Info, **kwargs: Any) -> Any:
            if info_name == "info":
                kwargs["info"] = info
            return definition.get_result(source, info=info, args=args, kwargs=kwargs)

        return self.through_extensions(get_result, source, info, **kwargs)
