# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_telemetry_global_optspecs
    string join \n q/quiet manifest= h/help V/version
end

function __fish_telemetry_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_telemetry_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_telemetry_using_subcommand
    set -l cmd (__fish_telemetry_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c telemetry -n "__fish_telemetry_needs_command" -l manifest -d 'Use the manifest in this file' -r -F
complete -c telemetry -n "__fish_telemetry_needs_command" -s q -l quiet -d 'Say nothing but errors on stderr'
complete -c telemetry -n "__fish_telemetry_needs_command" -s h -l help -d 'Print help'
complete -c telemetry -n "__fish_telemetry_needs_command" -s V -l version -d 'Print version'
complete -c telemetry -n "__fish_telemetry_needs_command" -f -a "status" -d 'Show what is on, what is off, and why'
complete -c telemetry -n "__fish_telemetry_needs_command" -f -a "disable" -d 'Say no, for one tool or for all'
complete -c telemetry -n "__fish_telemetry_needs_command" -f -a "off" -d 'Say no, for one tool or for all'
complete -c telemetry -n "__fish_telemetry_needs_command" -f -a "enable" -d 'Say yes for one tool, or withdraw the no for all'
complete -c telemetry -n "__fish_telemetry_needs_command" -f -a "on" -d 'Say yes for one tool, or withdraw the no for all'
complete -c telemetry -n "__fish_telemetry_needs_command" -f -a "show-payload" -d 'Show exactly what would be sent next, and send nothing'
complete -c telemetry -n "__fish_telemetry_needs_command" -f -a "log" -d 'Show the receipts of what was sent'
complete -c telemetry -n "__fish_telemetry_needs_command" -f -a "export" -d 'Print everything that is kept, and what waits'
complete -c telemetry -n "__fish_telemetry_needs_command" -f -a "forget" -d 'Ask for deletion of what was sent, and start anew'
complete -c telemetry -n "__fish_telemetry_needs_command" -f -a "undo" -d 'Put back the files that the latest change of a tool\'s settings touched'
complete -c telemetry -n "__fish_telemetry_needs_command" -f -a "id" -d 'Show or renew ids, or give one of your own'
complete -c telemetry -n "__fish_telemetry_needs_command" -f -a "list" -d 'List the tools that are known'
complete -c telemetry -n "__fish_telemetry_needs_command" -f -a "track" -d 'Record an event'
complete -c telemetry -n "__fish_telemetry_needs_command" -f -a "run" -d 'Run a command, and record that it started and how it ended'
complete -c telemetry -n "__fish_telemetry_needs_command" -f -a "flush" -d 'Send what waits'
complete -c telemetry -n "__fish_telemetry_needs_command" -f -a "init" -d 'Give the project here a telemetry id'
complete -c telemetry -n "__fish_telemetry_needs_command" -f -a "manifest" -d 'Check a manifest, or show its events as they look on the wire'
complete -c telemetry -n "__fish_telemetry_needs_command" -f -a "doctor" -d 'Check what somebody else\'s pipeline would store'
complete -c telemetry -n "__fish_telemetry_needs_command" -f -a "tour" -d 'Go the whole way once, in a home of its own'
complete -c telemetry -n "__fish_telemetry_needs_command" -f -a "completions" -d 'Print the completions of a shell'
complete -c telemetry -n "__fish_telemetry_needs_command" -f -a "man" -d 'Print a man page'
complete -c telemetry -n "__fish_telemetry_using_subcommand status" -l as -d 'Of a foreign tool: what would hold in this version' -r
complete -c telemetry -n "__fish_telemetry_using_subcommand status" -l component -d 'What PATH is, where that cannot be told from what stands in it' -r
complete -c telemetry -n "__fish_telemetry_using_subcommand status" -l manifest -d 'Use the manifest in this file' -r -F
complete -c telemetry -n "__fish_telemetry_using_subcommand status" -l explain -d 'Print every source in order, its answer, and where it stands'
complete -c telemetry -n "__fish_telemetry_using_subcommand status" -l exit-code -d 'Exit with 3 when it is off'
complete -c telemetry -n "__fish_telemetry_using_subcommand status" -l json -d 'Print a JSON document'
complete -c telemetry -n "__fish_telemetry_using_subcommand status" -s q -l quiet -d 'Say nothing but errors on stderr'
complete -c telemetry -n "__fish_telemetry_using_subcommand status" -s h -l help -d 'Print help'
complete -c telemetry -n "__fish_telemetry_using_subcommand disable" -l component -d 'What PATH is, where that cannot be told from what stands in it' -r
complete -c telemetry -n "__fish_telemetry_using_subcommand disable" -l manifest -d 'Use the manifest in this file' -r -F
complete -c telemetry -n "__fish_telemetry_using_subcommand disable" -l project -d 'Write the no into the project\'s config, for everybody who works on it'
complete -c telemetry -n "__fish_telemetry_using_subcommand disable" -l dry-run -d 'Show what would change in files of a project or of another program, and write nothing'
complete -c telemetry -n "__fish_telemetry_using_subcommand disable" -l yes -d 'Without TOOL: change the settings of other programs as well, without asking'
complete -c telemetry -n "__fish_telemetry_using_subcommand disable" -l json -d 'Print a JSON document'
complete -c telemetry -n "__fish_telemetry_using_subcommand disable" -s q -l quiet -d 'Say nothing but errors on stderr'
complete -c telemetry -n "__fish_telemetry_using_subcommand disable" -s h -l help -d 'Print help'
complete -c telemetry -n "__fish_telemetry_using_subcommand off" -l component -d 'What PATH is, where that cannot be told from what stands in it' -r
complete -c telemetry -n "__fish_telemetry_using_subcommand off" -l manifest -d 'Use the manifest in this file' -r -F
complete -c telemetry -n "__fish_telemetry_using_subcommand off" -l project -d 'Write the no into the project\'s config, for everybody who works on it'
complete -c telemetry -n "__fish_telemetry_using_subcommand off" -l dry-run -d 'Show what would change in files of a project or of another program, and write nothing'
complete -c telemetry -n "__fish_telemetry_using_subcommand off" -l yes -d 'Without TOOL: change the settings of other programs as well, without asking'
complete -c telemetry -n "__fish_telemetry_using_subcommand off" -l json -d 'Print a JSON document'
complete -c telemetry -n "__fish_telemetry_using_subcommand off" -s q -l quiet -d 'Say nothing but errors on stderr'
complete -c telemetry -n "__fish_telemetry_using_subcommand off" -s h -l help -d 'Print help'
complete -c telemetry -n "__fish_telemetry_using_subcommand enable" -l component -d 'What PATH is, where that cannot be told from what stands in it' -r
complete -c telemetry -n "__fish_telemetry_using_subcommand enable" -l manifest -d 'Use the manifest in this file' -r -F
complete -c telemetry -n "__fish_telemetry_using_subcommand enable" -l local -d 'Record and show events, and never send them'
complete -c telemetry -n "__fish_telemetry_using_subcommand enable" -l project -d 'Let the project here take part: give it a telemetry id'
complete -c telemetry -n "__fish_telemetry_using_subcommand enable" -l dry-run -d 'Show what would change in files of another program, and write nothing'
complete -c telemetry -n "__fish_telemetry_using_subcommand enable" -l json -d 'Print a JSON document'
complete -c telemetry -n "__fish_telemetry_using_subcommand enable" -s q -l quiet -d 'Say nothing but errors on stderr'
complete -c telemetry -n "__fish_telemetry_using_subcommand enable" -s h -l help -d 'Print help'
complete -c telemetry -n "__fish_telemetry_using_subcommand on" -l component -d 'What PATH is, where that cannot be told from what stands in it' -r
complete -c telemetry -n "__fish_telemetry_using_subcommand on" -l manifest -d 'Use the manifest in this file' -r -F
complete -c telemetry -n "__fish_telemetry_using_subcommand on" -l local -d 'Record and show events, and never send them'
complete -c telemetry -n "__fish_telemetry_using_subcommand on" -l project -d 'Let the project here take part: give it a telemetry id'
complete -c telemetry -n "__fish_telemetry_using_subcommand on" -l dry-run -d 'Show what would change in files of another program, and write nothing'
complete -c telemetry -n "__fish_telemetry_using_subcommand on" -l json -d 'Print a JSON document'
complete -c telemetry -n "__fish_telemetry_using_subcommand on" -s q -l quiet -d 'Say nothing but errors on stderr'
complete -c telemetry -n "__fish_telemetry_using_subcommand on" -s h -l help -d 'Print help'
complete -c telemetry -n "__fish_telemetry_using_subcommand show-payload" -l destination -d 'Only this destination' -r
complete -c telemetry -n "__fish_telemetry_using_subcommand show-payload" -l as -d 'Of somebody else\'s program: as if this version were installed' -r
complete -c telemetry -n "__fish_telemetry_using_subcommand show-payload" -l event -d 'Of somebody else\'s program: this event' -r
complete -c telemetry -n "__fish_telemetry_using_subcommand show-payload" -l given -d 'Of somebody else\'s program: what no file tells, such as account-id=123456789012; may be repeated' -r
complete -c telemetry -n "__fish_telemetry_using_subcommand show-payload" -l component -d 'What PATH is, where that cannot be told from what stands in it' -r
complete -c telemetry -n "__fish_telemetry_using_subcommand show-payload" -l request -d 'With --capture: only the request of this number' -r
complete -c telemetry -n "__fish_telemetry_using_subcommand show-payload" -l timeout -d 'With --capture: how long to wait, after the command\'s end, for what it left behind' -r
complete -c telemetry -n "__fish_telemetry_using_subcommand show-payload" -l manifest -d 'Use the manifest in this file' -r -F
complete -c telemetry -n "__fish_telemetry_using_subcommand show-payload" -l raw -d 'Print the body alone, byte for byte'
complete -c telemetry -n "__fish_telemetry_using_subcommand show-payload" -l json -d 'Print a JSON document'
complete -c telemetry -n "__fish_telemetry_using_subcommand show-payload" -l capture -d 'Run COMMAND against a receiver on this machine, and show what it really sends'
complete -c telemetry -n "__fish_telemetry_using_subcommand show-payload" -s q -l quiet -d 'Say nothing but errors on stderr'
complete -c telemetry -n "__fish_telemetry_using_subcommand show-payload" -s h -l help -d 'Print help'
complete -c telemetry -n "__fish_telemetry_using_subcommand log" -s n -l most -d 'Show at most so many, the newest' -r
complete -c telemetry -n "__fish_telemetry_using_subcommand log" -l keep -d 'Keep receipts of the tool for so long, such as 30d; `default` is 90d. The next flush lets go of older ones' -r
complete -c telemetry -n "__fish_telemetry_using_subcommand log" -l keep-size -d 'Keep receipts of the tool up to this size, such as 5MB; `default` is 20MB. The next flush lets go of older ones' -r
complete -c telemetry -n "__fish_telemetry_using_subcommand log" -l manifest -d 'Use the manifest in this file' -r -F
complete -c telemetry -n "__fish_telemetry_using_subcommand log" -l verify -d 'Recompute every digest over the bytes that are kept'
complete -c telemetry -n "__fish_telemetry_using_subcommand log" -l bodies -d 'Print the bodies as well'
complete -c telemetry -n "__fish_telemetry_using_subcommand log" -l json -d 'Print a JSON document'
complete -c telemetry -n "__fish_telemetry_using_subcommand log" -s q -l quiet -d 'Say nothing but errors on stderr'
complete -c telemetry -n "__fish_telemetry_using_subcommand log" -s h -l help -d 'Print help'
complete -c telemetry -n "__fish_telemetry_using_subcommand export" -s o -l output -d 'Write the document into this file, which only you may read, rather than to stdout' -r -F
complete -c telemetry -n "__fish_telemetry_using_subcommand export" -l manifest -d 'Use the manifest in this file' -r -F
complete -c telemetry -n "__fish_telemetry_using_subcommand export" -s q -l quiet -d 'Say nothing but errors on stderr'
complete -c telemetry -n "__fish_telemetry_using_subcommand export" -s h -l help -d 'Print help'
complete -c telemetry -n "__fish_telemetry_using_subcommand forget" -l component -d 'What PATH is, where that cannot be told from what stands in it' -r
complete -c telemetry -n "__fish_telemetry_using_subcommand forget" -l given -d 'Of a family of programs: what no file tells, such as account-id=123456789012, from which an id of theirs follows; may be repeated' -r
complete -c telemetry -n "__fish_telemetry_using_subcommand forget" -l url -d 'Of somebody else\'s tool: ask its server on this machine for its id, such as http://127.0.0.1:5080' -r
complete -c telemetry -n "__fish_telemetry_using_subcommand forget" -l manifest -d 'Use the manifest in this file' -r -F
complete -c telemetry -n "__fish_telemetry_using_subcommand forget" -l all -d 'All tools that were used here'
complete -c telemetry -n "__fish_telemetry_using_subcommand forget" -l status -d 'Follow up requests that were made before, and deliver what is open'
complete -c telemetry -n "__fish_telemetry_using_subcommand forget" -l sent -d 'With --status: you sent the mail or filled in the form'
complete -c telemetry -n "__fish_telemetry_using_subcommand forget" -l project -d 'Give the project here a new id as well; it is shared with everybody who works on it'
complete -c telemetry -n "__fish_telemetry_using_subcommand forget" -l reports -d 'Of somebody else\'s tool: take the ids out of reports of earlier runs as well, where that can be done'
complete -c telemetry -n "__fish_telemetry_using_subcommand forget" -l keep-evidence -d 'Keep ids and bodies in the receipts when the request is final'
complete -c telemetry -n "__fish_telemetry_using_subcommand forget" -l dry-run -d 'Show what would be done, and do nothing'
complete -c telemetry -n "__fish_telemetry_using_subcommand forget" -s y -l yes -d 'Answer the question with yes'
complete -c telemetry -n "__fish_telemetry_using_subcommand forget" -l json -d 'Print a JSON document'
complete -c telemetry -n "__fish_telemetry_using_subcommand forget" -s q -l quiet -d 'Say nothing but errors on stderr'
complete -c telemetry -n "__fish_telemetry_using_subcommand forget" -s h -l help -d 'Print help'
complete -c telemetry -n "__fish_telemetry_using_subcommand undo" -l manifest -d 'Use the manifest in this file' -r -F
complete -c telemetry -n "__fish_telemetry_using_subcommand undo" -l list -d 'Show what is kept of earlier changes, and change nothing'
complete -c telemetry -n "__fish_telemetry_using_subcommand undo" -l dry-run -d 'Show what would be put back and write nothing'
complete -c telemetry -n "__fish_telemetry_using_subcommand undo" -l yes -d 'Do it without asking'
complete -c telemetry -n "__fish_telemetry_using_subcommand undo" -l json -d 'Print a JSON document'
complete -c telemetry -n "__fish_telemetry_using_subcommand undo" -s q -l quiet -d 'Say nothing but errors on stderr'
complete -c telemetry -n "__fish_telemetry_using_subcommand undo" -s h -l help -d 'Print help'
complete -c telemetry -n "__fish_telemetry_using_subcommand id" -l component -d 'What PATH is, where that cannot be told from what stands in it' -r
complete -c telemetry -n "__fish_telemetry_using_subcommand id" -l user-provided-id -d 'Give an e-mail address or a UUID of your own, to be sent with events' -r
complete -c telemetry -n "__fish_telemetry_using_subcommand id" -l url -d 'Of somebody else\'s tool: ask its server on this machine for its id, such as http://127.0.0.1:5080' -r
complete -c telemetry -n "__fish_telemetry_using_subcommand id" -l manifest -d 'Use the manifest in this file' -r -F
complete -c telemetry -n "__fish_telemetry_using_subcommand id" -l withdraw -d 'Withdraw what you gave'
complete -c telemetry -n "__fish_telemetry_using_subcommand id" -s y -l yes -d 'Answer the question with yes'
complete -c telemetry -n "__fish_telemetry_using_subcommand id" -l json -d 'Print a JSON document'
complete -c telemetry -n "__fish_telemetry_using_subcommand id" -s q -l quiet -d 'Say nothing but errors on stderr'
complete -c telemetry -n "__fish_telemetry_using_subcommand id" -s h -l help -d 'Print help'
complete -c telemetry -n "__fish_telemetry_using_subcommand list" -l manifest -d 'Use the manifest in this file' -r -F
complete -c telemetry -n "__fish_telemetry_using_subcommand list" -l names -d 'Print the names alone, one a line'
complete -c telemetry -n "__fish_telemetry_using_subcommand list" -l json -d 'Print a JSON document'
complete -c telemetry -n "__fish_telemetry_using_subcommand list" -s q -l quiet -d 'Say nothing but errors on stderr'
complete -c telemetry -n "__fish_telemetry_using_subcommand list" -s h -l help -d 'Print help'
complete -c telemetry -n "__fish_telemetry_using_subcommand track" -l json -d 'Fields as a JSON object; - reads it from standard input' -r
complete -c telemetry -n "__fish_telemetry_using_subcommand track" -l tool-version -d 'The version of the tool that records' -r
complete -c telemetry -n "__fish_telemetry_using_subcommand track" -l runtime -d 'What the tool runs on, such as python/3.12.1; may be repeated' -r
complete -c telemetry -n "__fish_telemetry_using_subcommand track" -l complete -d 'The event that started under this id ends here; fields are its outcome' -r
complete -c telemetry -n "__fish_telemetry_using_subcommand track" -l manifest -d 'Use the manifest in this file' -r -F
complete -c telemetry -n "__fish_telemetry_using_subcommand track" -l lines -d 'Record one event a line of standard input, such as {"event":"run","fields":{"ok":true}}'
complete -c telemetry -n "__fish_telemetry_using_subcommand track" -l start -d 'The event starts here: prints the id that --complete takes'
complete -c telemetry -n "__fish_telemetry_using_subcommand track" -l best-effort -d 'Never fail and never say anything'
complete -c telemetry -n "__fish_telemetry_using_subcommand track" -s q -l quiet -d 'Say nothing but errors on stderr'
complete -c telemetry -n "__fish_telemetry_using_subcommand track" -s h -l help -d 'Print help'
complete -c telemetry -n "__fish_telemetry_using_subcommand run" -l event -d 'The event that starts and completes, where it is not the one that the manifest\'s run names' -r
complete -c telemetry -n "__fish_telemetry_using_subcommand run" -l set -d 'A field of the started event, or of each beat that declares it; may be repeated' -r
complete -c telemetry -n "__fish_telemetry_using_subcommand run" -l heartbeat -d 'How often the manifest\'s heartbeat is recorded in this run, such as 15m; never leaves it out' -r
complete -c telemetry -n "__fish_telemetry_using_subcommand run" -l tool-version -d 'The version of the tool that runs' -r
complete -c telemetry -n "__fish_telemetry_using_subcommand run" -l runtime -d 'What the tool runs on, such as python/3.12.1; may be repeated' -r
complete -c telemetry -n "__fish_telemetry_using_subcommand run" -l manifest -d 'Use the manifest in this file' -r -F
complete -c telemetry -n "__fish_telemetry_using_subcommand run" -l best-effort -d 'Never say anything, and run COMMAND whatever else stands before it'
complete -c telemetry -n "__fish_telemetry_using_subcommand run" -s q -l quiet -d 'Say nothing but errors on stderr'
complete -c telemetry -n "__fish_telemetry_using_subcommand run" -s h -l help -d 'Print help'
complete -c telemetry -n "__fish_telemetry_using_subcommand flush" -l budget -d 'Longest for all of it, seconds' -r
complete -c telemetry -n "__fish_telemetry_using_subcommand flush" -l manifest -d 'Use the manifest in this file' -r -F
complete -c telemetry -n "__fish_telemetry_using_subcommand flush" -l dry-run -d 'Say what would be sent, and send nothing'
complete -c telemetry -n "__fish_telemetry_using_subcommand flush" -l now -d 'Try destinations again that are in trouble or asked to be left alone'
complete -c telemetry -n "__fish_telemetry_using_subcommand flush" -l detached -d 'Apart from whoever starts it, and silent: what `track` starts when the manifest\'s schedule says so'
complete -c telemetry -n "__fish_telemetry_using_subcommand flush" -l json -d 'Print a JSON document'
complete -c telemetry -n "__fish_telemetry_using_subcommand flush" -s q -l quiet -d 'Say nothing but errors on stderr'
complete -c telemetry -n "__fish_telemetry_using_subcommand flush" -s h -l help -d 'Print help'
complete -c telemetry -n "__fish_telemetry_using_subcommand init" -l into -d 'Write the units of --timer into this folder, such as ~/.config/systemd/user, instead of printing them' -r -F
complete -c telemetry -n "__fish_telemetry_using_subcommand init" -l manifest -d 'Use the manifest in this file' -r -F
complete -c telemetry -n "__fish_telemetry_using_subcommand init" -l dry-run -d 'Show the change and write nothing'
complete -c telemetry -n "__fish_telemetry_using_subcommand init" -l timer -d 'For a server: print a systemd timer and a line for cron that flush by the manifest\'s schedule'
complete -c telemetry -n "__fish_telemetry_using_subcommand init" -l json -d 'Print a JSON document'
complete -c telemetry -n "__fish_telemetry_using_subcommand init" -s q -l quiet -d 'Say nothing but errors on stderr'
complete -c telemetry -n "__fish_telemetry_using_subcommand init" -s h -l help -d 'Print help'
complete -c telemetry -n "__fish_telemetry_using_subcommand manifest; and not __fish_seen_subcommand_from check example schema" -l manifest -d 'Use the manifest in this file' -r -F
complete -c telemetry -n "__fish_telemetry_using_subcommand manifest; and not __fish_seen_subcommand_from check example schema" -s q -l quiet -d 'Say nothing but errors on stderr'
complete -c telemetry -n "__fish_telemetry_using_subcommand manifest; and not __fish_seen_subcommand_from check example schema" -s h -l help -d 'Print help'
complete -c telemetry -n "__fish_telemetry_using_subcommand manifest; and not __fish_seen_subcommand_from check example schema" -f -a "check" -d 'Print every problem with its line, and advice'
complete -c telemetry -n "__fish_telemetry_using_subcommand manifest; and not __fish_seen_subcommand_from check example schema" -f -a "example" -d 'Print its events as they look on the wire, in its own protocols or in any other; without FILE, a manifest to begin with'
complete -c telemetry -n "__fish_telemetry_using_subcommand manifest; and not __fish_seen_subcommand_from check example schema" -f -a "schema" -d 'Print or write a JSON Schema for each event, as a static Iglu registry holds them'
complete -c telemetry -n "__fish_telemetry_using_subcommand manifest; and __fish_seen_subcommand_from check" -l manifest -d 'Use the manifest in this file' -r -F
complete -c telemetry -n "__fish_telemetry_using_subcommand manifest; and __fish_seen_subcommand_from check" -l json -d 'Print a JSON document'
complete -c telemetry -n "__fish_telemetry_using_subcommand manifest; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Say nothing but errors on stderr'
complete -c telemetry -n "__fish_telemetry_using_subcommand manifest; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c telemetry -n "__fish_telemetry_using_subcommand manifest; and __fish_seen_subcommand_from example" -l protocol -d 'As it would look in this protocol, or in all' -r -f -a "json\t''
snowplow\t''
segment\t''
amplitude\t''
posthog\t''
sentry\t''
otlp\t''
cloudevents\t''
google_analytics\t''
universal_analytics\t''
all\t''"
complete -c telemetry -n "__fish_telemetry_using_subcommand manifest; and __fish_seen_subcommand_from example" -l destination -d 'Only events that go to this destination' -r
complete -c telemetry -n "__fish_telemetry_using_subcommand manifest; and __fish_seen_subcommand_from example" -l manifest -d 'Use the manifest in this file' -r -F
complete -c telemetry -n "__fish_telemetry_using_subcommand manifest; and __fish_seen_subcommand_from example" -l json -d 'Print a JSON document'
complete -c telemetry -n "__fish_telemetry_using_subcommand manifest; and __fish_seen_subcommand_from example" -s q -l quiet -d 'Say nothing but errors on stderr'
complete -c telemetry -n "__fish_telemetry_using_subcommand manifest; and __fish_seen_subcommand_from example" -s h -l help -d 'Print help'
complete -c telemetry -n "__fish_telemetry_using_subcommand manifest; and __fish_seen_subcommand_from schema" -l into -d 'Write the schemas below this folder, as schemas/VENDOR/NAME/jsonschema/VERSION, instead of printing them' -r -F
complete -c telemetry -n "__fish_telemetry_using_subcommand manifest; and __fish_seen_subcommand_from schema" -l vendor -d 'Whose schemas they are, such as com.acme, where no destination of the manifest speaks snowplow' -r
complete -c telemetry -n "__fish_telemetry_using_subcommand manifest; and __fish_seen_subcommand_from schema" -l manifest -d 'Use the manifest in this file' -r -F
complete -c telemetry -n "__fish_telemetry_using_subcommand manifest; and __fish_seen_subcommand_from schema" -l force -d 'Replace files that say something else: what is published and in use is better given a new version'
complete -c telemetry -n "__fish_telemetry_using_subcommand manifest; and __fish_seen_subcommand_from schema" -l dry-run -d 'Say what would be written and write nothing'
complete -c telemetry -n "__fish_telemetry_using_subcommand manifest; and __fish_seen_subcommand_from schema" -l json -d 'Print a JSON document'
complete -c telemetry -n "__fish_telemetry_using_subcommand manifest; and __fish_seen_subcommand_from schema" -s q -l quiet -d 'Say nothing but errors on stderr'
complete -c telemetry -n "__fish_telemetry_using_subcommand manifest; and __fish_seen_subcommand_from schema" -s h -l help -d 'Print help'
complete -c telemetry -n "__fish_telemetry_using_subcommand doctor" -l hash -d 'The digest: MD2, MD5, SHA-1, SHA-256, SHA-384 or SHA-512' -r
complete -c telemetry -n "__fish_telemetry_using_subcommand doctor" -l salt-file -d 'The salt is what stands in this file, without the end of its last line; - reads it from standard input' -r -F
complete -c telemetry -n "__fish_telemetry_using_subcommand doctor" -l salt-variable -d 'The salt is what this variable holds' -r
complete -c telemetry -n "__fish_telemetry_using_subcommand doctor" -l enrichment -d 'The enrichment\'s own settings, with its digest and salt (pii_enrichment_config 2-0-*)' -r -F
complete -c telemetry -n "__fish_telemetry_using_subcommand doctor" -l event -d 'An enriched event as a JSON object; - reads it from standard input' -r -F
complete -c telemetry -n "__fish_telemetry_using_subcommand doctor" -l manifest -d 'Use the manifest in this file' -r -F
complete -c telemetry -n "__fish_telemetry_using_subcommand doctor" -l pseudonym -d 'Show the pseudonyms that the PII enrichment of a Snowplow pipeline makes'
complete -c telemetry -n "__fish_telemetry_using_subcommand doctor" -l anonymous -d 'The event came with the header SP-Anonymous'
complete -c telemetry -n "__fish_telemetry_using_subcommand doctor" -l json -d 'Print a JSON document'
complete -c telemetry -n "__fish_telemetry_using_subcommand doctor" -s q -l quiet -d 'Say nothing but errors on stderr'
complete -c telemetry -n "__fish_telemetry_using_subcommand doctor" -s h -l help -d 'Print help'
complete -c telemetry -n "__fish_telemetry_using_subcommand tour" -l manifest -d 'Use the manifest in this file' -r -F
complete -c telemetry -n "__fish_telemetry_using_subcommand tour" -l keep -d 'Keep the home, and say where it is'
complete -c telemetry -n "__fish_telemetry_using_subcommand tour" -s q -l quiet -d 'Say nothing but errors on stderr'
complete -c telemetry -n "__fish_telemetry_using_subcommand tour" -s h -l help -d 'Print help'
complete -c telemetry -n "__fish_telemetry_using_subcommand completions" -l manifest -d 'Use the manifest in this file' -r -F
complete -c telemetry -n "__fish_telemetry_using_subcommand completions" -s q -l quiet -d 'Say nothing but errors on stderr'
complete -c telemetry -n "__fish_telemetry_using_subcommand completions" -s h -l help -d 'Print help'
complete -c telemetry -n "__fish_telemetry_using_subcommand man" -l manifest -d 'Use the manifest in this file' -r -F
complete -c telemetry -n "__fish_telemetry_using_subcommand man" -s q -l quiet -d 'Say nothing but errors on stderr'
complete -c telemetry -n "__fish_telemetry_using_subcommand man" -s h -l help -d 'Print help'
complete -c telemetry -n "__fish_telemetry_using_subcommand status" -f -a "(telemetry list --names 2>/dev/null)"
complete -c telemetry -n "__fish_telemetry_using_subcommand disable" -f -a "(telemetry list --names 2>/dev/null)"
complete -c telemetry -n "__fish_telemetry_using_subcommand enable" -f -a "(telemetry list --names 2>/dev/null)"
complete -c telemetry -n "__fish_telemetry_using_subcommand show-payload" -f -a "(telemetry list --names 2>/dev/null)"
complete -c telemetry -n "__fish_telemetry_using_subcommand log" -f -a "(telemetry list --names 2>/dev/null)"
complete -c telemetry -n "__fish_telemetry_using_subcommand export" -f -a "(telemetry list --names 2>/dev/null)"
complete -c telemetry -n "__fish_telemetry_using_subcommand forget" -f -a "(telemetry list --names 2>/dev/null)"
complete -c telemetry -n "__fish_telemetry_using_subcommand undo" -f -a "(telemetry list --names 2>/dev/null)"
complete -c telemetry -n "__fish_telemetry_using_subcommand id" -f -a "(telemetry list --names 2>/dev/null)"
complete -c telemetry -n "__fish_telemetry_using_subcommand list" -f -a "(telemetry list --names 2>/dev/null)"
complete -c telemetry -n "__fish_telemetry_using_subcommand track" -f -a "(telemetry list --names 2>/dev/null)"
complete -c telemetry -n "__fish_telemetry_using_subcommand run" -f -a "(telemetry list --names 2>/dev/null)"
complete -c telemetry -n "__fish_telemetry_using_subcommand flush" -f -a "(telemetry list --names 2>/dev/null)"
complete -c telemetry -n "__fish_telemetry_using_subcommand init" -f -a "(telemetry list --names 2>/dev/null)"
