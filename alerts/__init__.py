"""The incident desk: rules, alert and dispatch life cycles, agencies, outbox."""
