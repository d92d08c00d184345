"""What a WSGI server, and the ``flask`` command, starts."""

from cop_site import create_app

app = create_app()
