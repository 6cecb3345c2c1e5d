"""Every command, declared once: its event, who may give it, what may prevent it, its codes and its examples.

`declaration` says what a declaration is, `catalogue` joins those of all subjects. To add a command, add its event in
`ledger/events/` and its declaration to the file of the same subject here; the reader, the permissions, the OpenAPI
schema and `ledger commands` follow from it.
"""
