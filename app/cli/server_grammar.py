"""The grammar of whoever runs a server: the server, its worker, jobs and backups, accounts, keys and the audit log.

Owns these commands' arguments; `parser` puts them beside the others.
"""

from pathlib import Path

from app.cli.grammar import DEFAULT_PORT, Commands, Parser, add_database, add_json, count, port


def add_server(commands: Commands) -> None:
    """`server`, `worker`"""
    server = commands.add_parser("server", help="the server that kiosks sync to")
    add_database(server)
    server.add_argument("--host", default="127.0.0.1", metavar="H")
    server.add_argument("--port", type=port, default=DEFAULT_PORT, metavar="N", help="0 takes any free port")
    server.add_argument(
        "--proxy",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="a proxy in front, or its network, whose X-Forwarded-For counts; may be given several times",
    )
    server.add_argument(
        "--internet",
        metavar="ADDRESS",
        help="look every 20 s whether this answers (https://host, or host:port) and tell organizers where it does not",
    )
    server.add_argument("--tls", action="store_true", help="speak TLS, with a certificate of its own making")
    server.add_argument(
        "--tls-name", action="append", default=[], metavar="NAME", help="another name or address that kiosks use for it"
    )
    server.add_argument("--certificate", type=Path, metavar="FILE", help="speak TLS with this certificate chain (PEM)")
    server.add_argument("--private-key", type=Path, metavar="FILE", help="its key (PEM), readable by nobody else")
    server.add_argument(
        "--limits", choices=["on", "off"], default="on", help="how often who may call; off for measurements alone"
    )
    server.add_argument("--quiet", action="store_true", help="no line on standard error for each request")
    inside = server.add_mutually_exclusive_group()
    inside.add_argument(
        "--with-worker",
        dest="is_worker_inside",
        action="store_const",
        const=True,
        help="do in this process what `worker` does (the default with the embedded database)",
    )
    inside.add_argument(
        "--without-worker",
        dest="is_worker_inside",
        action="store_const",
        const=False,
        help="leave it to a `worker` (the default with PostgreSQL)",
    )
    server.set_defaults(command="app.cli.service:server")
    worker = commands.add_parser("worker", help="what is due without anybody asking: run one beside your servers")
    add_database(worker)
    for program in (server, worker):
        program.add_argument(
            "--webhooks-to-loopback",
            action="store_true",
            help="for development: webhooks may go to this computer too, without TLS",
        )
    worker.add_argument("--once", action="store_true", help="do what is due now, then end")
    worker.set_defaults(command="app.cli.service:worker")


def add_jobs(commands: Commands) -> None:
    """What the worker does at its time."""
    job = commands.add_parser("job", help="what the worker does by the clock")
    verbs = job.add_subparsers(metavar="VERB", required=True, parser_class=Parser)
    listing = verbs.add_parser("list", help="each job, when it is due, and how it last went")
    listing.set_defaults(command="app.cli.jobs:list_jobs")
    run = verbs.add_parser("run", help="run a job now, due or not")
    run.add_argument("name", metavar="NAME")
    run.set_defaults(command="app.cli.jobs:run_job")
    runs = verbs.add_parser("runs", help="the runs of a job, the newest first")
    runs.add_argument("name", metavar="NAME")
    runs.add_argument("--last", type=count, default=20, metavar="N", help="how many (default: 20)")
    runs.set_defaults(command="app.cli.jobs:list_runs")
    for verb in (listing, run, runs):
        add_database(verb)
        add_json(verb)
    save = commands.add_parser("backup", help="the whole ledger into one file, while the server runs")
    save.add_argument("--out", type=Path, required=True, metavar="FILE")
    save.set_defaults(command="app.cli.backup:backup")
    load = commands.add_parser("restore", help="a backup into the place of a ledger that is lost")
    load.add_argument("file", type=Path, metavar="FILE")
    load.add_argument("--replace", action="store_true", help="in place of the events that are there")
    load.set_defaults(command="app.cli.backup:restore_backup")
    person = commands.add_parser("person", help="what is known of one guest")
    person_verbs = person.add_subparsers(metavar="VERB", required=True, parser_class=Parser)
    erase = person_verbs.add_parser("erase", help="forget a guest's name, order and answers; the tickets stay")
    erase.add_argument("--event", metavar="E", help="its id or name (default: the only event)")
    erase.add_argument("--ticket", metavar="TID", action="append", default=[], help="may be given several times")
    erase.add_argument("--order", metavar="REF", help="all tickets of a shop's order")
    erase.set_defaults(command="app.cli.retention:erase_person")
    for verb in (save, load):
        verb.add_argument(
            "--passphrase-file", type=Path, metavar="FILE", help="lock it under this passphrase, the master key inside"
        )
    for verb in (save, load, erase):
        add_database(verb)
        add_json(verb)


def add_people(commands: Commands) -> None:
    """Who may do what on the server, and who did."""
    roles = ["owner", "admin", "supervisor", "operator", "auditor"]
    account = commands.add_parser("account", help="people who log in to the server, and their roles")
    verbs = account.add_subparsers(metavar="VERB", required=True, parser_class=Parser)
    add = verbs.add_parser("add", help="a new account; its one-time password is said once")
    add.add_argument("--role", choices=roles)
    add.set_defaults(command="app.cli.people:add_account")
    listing = verbs.add_parser("list", help="all accounts with their roles")
    listing.set_defaults(command="app.cli.people:list_accounts")
    disable = verbs.add_parser("disable", help="end an account's rights and log it out")
    disable.add_argument("--undo", action="store_true", help="let it log in again")
    disable.set_defaults(command="app.cli.people:disable_account")
    password = verbs.add_parser("password", help="a one-time password in the place of a forgotten one")
    password.set_defaults(command="app.cli.people:reset_password")
    role = verbs.add_parser("role", help="what an account is, for an event or for the installation")
    role.set_defaults(command="app.cli.people:set_role")
    email = verbs.add_parser("email", help="where an account gets notices by mail")
    email.set_defaults(command="app.cli.people:set_email")
    report = verbs.add_parser("report", help="have an account mailed an event's report each day")
    report.set_defaults(command="app.cli.people:set_report")
    for verb in (add, disable, password, role, email, report):
        verb.add_argument("name", metavar="NAME")
    to = email.add_mutually_exclusive_group(required=True)
    to.add_argument("address", nargs="?", metavar="ADDRESS")
    to.add_argument("--none", action="store_true", help="nowhere any more")
    report.add_argument("--event", metavar="E", help="its id or name (default: the only event)")
    report.add_argument("--at", metavar="HH:MM", help="a time of the event's own day")
    report.add_argument("--never", action="store_true", help="no more")
    role.add_argument("role", choices=[*roles, "none"])
    for verb in (add, role):
        verb.add_argument("--event", metavar="E", help="for this event alone (default: the installation)")
    apikey = commands.add_parser("apikey", help="keys with which programs call the server")
    key_verbs = apikey.add_subparsers(metavar="VERB", required=True, parser_class=Parser)
    new = key_verbs.add_parser("add", help="a new key, said once")
    new.add_argument("name", metavar="NAME", help="what it is for, such as 'box office'")
    new.add_argument("--right", action="append", required=True, metavar="RIGHT[,RIGHT…]", help="such as tickets:sell")
    new.add_argument("--event", action="append", default=[], metavar="E", help="for these events alone")
    new.add_argument("--until", metavar="ISO", help="when it ends (default: never)")
    new.set_defaults(command="app.cli.people:add_key")
    keys = key_verbs.add_parser("list", help="all keys, without their secrets")
    keys.set_defaults(command="app.cli.people:list_keys")
    revoke = key_verbs.add_parser("revoke", help="end a key")
    revoke.add_argument("key", metavar="KEY", help="its id or name")
    revoke.set_defaults(command="app.cli.people:revoke_key")
    audit = commands.add_parser("audit", help="who did what on the server")
    audit_verbs = audit.add_subparsers(metavar="VERB", required=True, parser_class=Parser)
    verify = audit_verbs.add_parser("verify", help="whether every log is what was written")
    verify.add_argument(
        "--expect", action="append", default=[], metavar="[EVENT:]SEQ:HASH", help="an end that was noted before"
    )
    verify.set_defaults(command="app.cli.people:verify_audit")
    show = audit_verbs.add_parser("show", help="the newest records")
    show.add_argument("--event", metavar="E", help="of this event (default: the installation's own)")
    show.add_argument("--last", type=count, default=50, metavar="N", help="how many (default: 50)")
    show.set_defaults(command="app.cli.people:show_audit")
    for verb in (add, listing, disable, password, role, email, report, new, keys, revoke, verify, show):
        add_database(verb)
        add_json(verb)
