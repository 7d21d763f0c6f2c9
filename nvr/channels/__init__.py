"""How a message leaves the control room: signed webhook, e-mail, and what Apprise has a URL for. Foreign libraries stop here."""
