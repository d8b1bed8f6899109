"""The schema of the API: what FastAPI derives from the routes, and the errors they all share."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from service.problems import Problem, problems

_HEADERS = {
    "RateLimit-Policy": 'what is allowed, for example `"key";q=600;w=60`: 600 in 60 seconds',
    "RateLimit": 'what is left, for example `"key";r=599;t=1`: full again in a second',
}
_FOR_EVERYBODY = ("/api/v1/lookup", "/api/v1/verify", "/api/v1/registrations")
_COUNTED = (*_FOR_EVERYBODY, "/api/v1/workspace", "/api/v1/audits")
_REPLACED = ("HTTPValidationError", "ValidationError")


def describe(app: FastAPI) -> None:
    """Let the app give this schema."""

    def schema() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _schema(app)
        return app.openapi_schema

    app.openapi = schema  # type: ignore[method-assign]


def _schema(app: FastAPI) -> dict[str, Any]:
    made = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.routes,
        tags=app.openapi_tags,
    )
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= problem.pop("$defs", {})
    schemas["Problem"] = problem
    for name in _REPLACED:
        schemas.pop(name, None)
    for path, operations in made["paths"].items():
        for operation in operations.values():
            if path.startswith(_COUNTED):
                _tell_headers(operation)
            if path.startswith(_FOR_EVERYBODY):
                operation["security"] = [{}, *operation["security"]]  # a key, or none
            if "requestBody" in operation:
                told = {str(code): one for code, one in problems(400, 411, 413).items()}
                operation["responses"] = told | operation["responses"]
    return made


def _tell_headers(operation: dict[str, Any]) -> None:
    for code, response in operation["responses"].items():
        if code.startswith("2") or code == "429":
            told = response.setdefault("headers", {})
            for name, said in _HEADERS.items():
                told[name] = {"description": said, "schema": {"type": "string"}}
