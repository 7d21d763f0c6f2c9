"""The console: HTTP API, WebSockets, access rules and the pages that operators sit at."""
