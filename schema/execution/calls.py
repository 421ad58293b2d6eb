"""Calls of resolvers, one a source, for fields whose values don't come a level at a time."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import strawberry
from strawberry.extensions.field_extension import build_field_extension_resolvers
from strawberry.types.field import StrawberryField

from .arguments import Arguments
from .conversion import Conversion
from .run import Run

if TYPE_CHECKING:
    from graphql.pyutils import Path

    from .plan import FieldPlan

Call: TypeAlias = Callable[[Run, Any, "Path | None"], Any]
"""Calls a field's resolver for one source, at one place, and gives what it gives."""


def graphql_call(field: "FieldPlan", arguments: Arguments) -> Call:
    """The call as graphql-core makes it."""
    resolve = field.field.resolve or field.compiler.executor.field_resolver

    def call(run: Run, source: Any, path: "Path | None") -> Any:
        return resolve(source, field.info(run, path), **arguments.fresh(run))

    return call


class StrawberryCall:
    """The call that Strawberry's resolver would make in the end, without the wrappers around."""

    def __init__(
        self, field: "FieldPlan", definition: StrawberryField, arguments: Arguments, conversion: Conversion
    ) -> None:
        self._field = field
        self._definition = definition
        self._arguments = arguments
        self._convert = conversion.of_arguments(definition)
        self._extensions = build_field_extension_resolvers(definition)
        resolver = definition.base_resolver
        self._takes_self = resolver is not None and resolver.self_parameter is not None
        parameters = (resolver.parent_parameter, resolver.root_parameter) if resolver else ()
        self._source_names = [parameter.name for parameter in parameters if parameter]
        self._info_name = resolver.info_parameter.name if resolver and resolver.info_parameter else None

    def info(self, run: Run, path: "Path | None") -> strawberry.Info:
        config = self._field.compiler.schema.config
        return config.info_class(_raw_info=self._field.info(run, path), _field=self._definition)

    def arguments(self, run: Run, info: strawberry.Info) -> dict[str, Any]:
        """What the resolver gets for the field's arguments."""
        arguments = self._convert(self._arguments.coerced(run), info)
        for extension in self._definition.extensions:
            arguments = extension.map_arguments(arguments)
        return arguments

    def through_extensions(self, next_: Callable[..., Any], source: Any, info: strawberry.Info, **kwargs: Any) -> Any:
        """Calls the field's extensions, and `next_` where they let the call through."""
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
        if not self._extensions:
            if info_name is not None:
                kwargs[info_name] = info
            return definition.get_result(source, info=info, args=args, kwargs=kwargs)
        if info_name is not None and info_name != "info":
            kwargs[info_name] = info

        def get_result(source: Any, info: strawberry.Info, **kwargs: Any) -> Any:
            if info_name == "info":
                kwargs["info"] = info
            return definition.get_result(source, info=info, args=args, kwargs=kwargs)

        return self.through_extensions(get_result, source, info, **kwargs)
