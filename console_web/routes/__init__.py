"""The HTTP routes and WebSockets of docs/design/api.md, one module a noun."""
