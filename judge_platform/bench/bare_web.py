"""A Django view that does nothing, behind the same server and middleware: the floor of every page."""

from __future__ import annotations

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path


def nothing(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  the signature is Django's
    return HttpResponse("nothing")


urlpatterns = [path("", nothing)]


def make_application() -> object:
    """For gunicorn: the platform's application with this module's address in place of all others."""
    settings.ROOT_URLCONF = __name__
    return get_wsgi_application()
