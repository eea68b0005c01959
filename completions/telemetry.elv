
use builtin;
use str;

set edit:completion:arg-completer[telemetry] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'telemetry'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'telemetry'= {
            cand --manifest 'Use the manifest in this file'
            cand -q 'Say nothing but errors on stderr'
            cand --quiet 'Say nothing but errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
            cand status 'Show what is on, what is off, and why'
            cand disable 'Say no, for one tool or for all'
            cand off 'Say no, for one tool or for all'
            cand enable 'Say yes for one tool, or withdraw the no for all'
            cand on 'Say yes for one tool, or withdraw the no for all'
            cand show-payload 'Show exactly what would be sent next, and send nothing'
            cand log 'Show the receipts of what was sent'
            cand export 'Print everything that is kept, and what waits'
            cand forget 'Ask for deletion of what was sent, and start anew'
            cand undo 'Put back the files that the latest change of a tool''s settings touched'
            cand id 'Show or renew ids, or give one of your own'
            cand list 'List the tools that are known'
            cand track 'Record an event'
            cand run 'Run a command, and record that it started and how it ended'
            cand flush 'Send what waits'
            cand init 'Give the project here a telemetry id'
            cand manifest 'Check a manifest, or show its events as they look on the wire'
            cand doctor 'Check what somebody else''s pipeline would store'
            cand tour 'Go the whole way once, in a home of its own'
            cand completions 'Print the completions of a shell'
            cand man 'Print a man page'
        }
        &'telemetry;status'= {
            cand --as 'Of a foreign tool: what would hold in this version'
            cand --component 'What PATH is, where that cannot be told from what stands in it'
            cand --manifest 'Use the manifest in this file'
            cand --explain 'Print every source in order, its answer, and where it stands'
            cand --exit-code 'Exit with 3 when it is off'
            cand --json 'Print a JSON document'
            cand -q 'Say nothing but errors on stderr'
            cand --quiet 'Say nothing but errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'telemetry;disable'= {
            cand --component 'What PATH is, where that cannot be told from what stands in it'
            cand --manifest 'Use the manifest in this file'
            cand --project 'Write the no into the project''s config, for everybody who works on it'
            cand --dry-run 'Show what would change in files of a project or of another program, and write nothing'
            cand --yes 'Without TOOL: change the settings of other programs as well, without asking'
            cand --json 'Print a JSON document'
            cand -q 'Say nothing but errors on stderr'
            cand --quiet 'Say nothing but errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'telemetry;off'= {
            cand --component 'What PATH is, where that cannot be told from what stands in it'
            cand --manifest 'Use the manifest in this file'
            cand --project 'Write the no into the project''s config, for everybody who works on it'
            cand --dry-run 'Show what would change in files of a project or of another program, and write nothing'
            cand --yes 'Without TOOL: change the settings of other programs as well, without asking'
            cand --json 'Print a JSON document'
            cand -q 'Say nothing but errors on stderr'
            cand --quiet 'Say nothing but errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'telemetry;enable'= {
            cand --component 'What PATH is, where that cannot be told from what stands in it'
            cand --manifest 'Use the manifest in this file'
            cand --local 'Record and show events, and never send them'
            cand --project 'Let the project here take part: give it a telemetry id'
            cand --dry-run 'Show what would change in files of another program, and write nothing'
            cand --json 'Print a JSON document'
            cand -q 'Say nothing but errors on stderr'
            cand --quiet 'Say nothing but errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'telemetry;on'= {
            cand --component 'What PATH is, where that cannot be told from what stands in it'
            cand --manifest 'Use the manifest in this file'
            cand --local 'Record and show events, and never send them'
            cand --project 'Let the project here take part: give it a telemetry id'
            cand --dry-run 'Show what would change in files of another program, and write nothing'
            cand --json 'Print a JSON document'
            cand -q 'Say nothing but errors on stderr'
            cand --quiet 'Say nothing but errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'telemetry;show-payload'= {
            cand --destination 'Only this destination'
            cand --as 'Of somebody else''s program: as if this version were installed'
            cand --event 'Of somebody else''s program: this event'
            cand --given 'Of somebody else''s program: what no file tells, such as account-id=123456789012; may be repeated'
            cand --component 'What PATH is, where that cannot be told from what stands in it'
            cand --request 'With --capture: only the request of this number'
            cand --timeout 'With --capture: how long to wait, after the command''s end, for what it left behind'
            cand --manifest 'Use the manifest in this file'
            cand --raw 'Print the body alone, byte for byte'
            cand --json 'Print a JSON document'
            cand --capture 'Run COMMAND against a receiver on this machine, and show what it really sends'
            cand -q 'Say nothing but errors on stderr'
            cand --quiet 'Say nothing but errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'telemetry;log'= {
            cand -n 'Show at most so many, the newest'
            cand --most 'Show at most so many, the newest'
            cand --keep 'Keep receipts of the tool for so long, such as 30d; `default` is 90d. The next flush lets go of older ones'
            cand --keep-size 'Keep receipts of the tool up to this size, such as 5MB; `default` is 20MB. The next flush lets go of older ones'
            cand --manifest 'Use the manifest in this file'
            cand --verify 'Recompute every digest over the bytes that are kept'
            cand --bodies 'Print the bodies as well'
            cand --json 'Print a JSON document'
            cand -q 'Say nothing but errors on stderr'
            cand --quiet 'Say nothing but errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'telemetry;export'= {
            cand -o 'Write the document into this file, which only you may read, rather than to stdout'
            cand --output 'Write the document into this file, which only you may read, rather than to stdout'
            cand --manifest 'Use the manifest in this file'
            cand -q 'Say nothing but errors on stderr'
            cand --quiet 'Say nothing but errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'telemetry;forget'= {
            cand --component 'What PATH is, where that cannot be told from what stands in it'
            cand --given 'Of a family of programs: what no file tells, such as account-id=123456789012, from which an id of theirs follows; may be repeated'
            cand --url 'Of somebody else''s tool: ask its server on this machine for its id, such as http://127.0.0.1:5080'
            cand --manifest 'Use the manifest in this file'
            cand --all 'All tools that were used here'
            cand --status 'Follow up requests that were made before, and deliver what is open'
            cand --sent 'With --status: you sent the mail or filled in the form'
            cand --project 'Give the project here a new id as well; it is shared with everybody who works on it'
            cand --reports 'Of somebody else''s tool: take the ids out of reports of earlier runs as well, where that can be done'
            cand --keep-evidence 'Keep ids and bodies in the receipts when the request is final'
            cand --dry-run 'Show what would be done, and do nothing'
            cand -y 'Answer the question with yes'
            cand --yes 'Answer the question with yes'
            cand --json 'Print a JSON document'
            cand -q 'Say nothing but errors on stderr'
            cand --quiet 'Say nothing but errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'telemetry;undo'= {
            cand --manifest 'Use the manifest in this file'
            cand --list 'Show what is kept of earlier changes, and change nothing'
            cand --dry-run 'Show what would be put back and write nothing'
            cand --yes 'Do it without asking'
            cand --json 'Print a JSON document'
            cand -q 'Say nothing but errors on stderr'
            cand --quiet 'Say nothing but errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'telemetry;id'= {
            cand --component 'What PATH is, where that cannot be told from what stands in it'
            cand --user-provided-id 'Give an e-mail address or a UUID of your own, to be sent with events'
            cand --url 'Of somebody else''s tool: ask its server on this machine for its id, such as http://127.0.0.1:5080'
            cand --manifest 'Use the manifest in this file'
            cand --withdraw 'Withdraw what you gave'
            cand -y 'Answer the question with yes'
            cand --yes 'Answer the question with yes'
            cand --json 'Print a JSON document'
            cand -q 'Say nothing but errors on stderr'
            cand --quiet 'Say nothing but errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'telemetry;list'= {
            cand --manifest 'Use the manifest in this file'
            cand --names 'Print the names alone, one a line'
            cand --json 'Print a JSON document'
            cand -q 'Say nothing but errors on stderr'
            cand --quiet 'Say nothing but errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'telemetry;track'= {
            cand --json 'Fields as a JSON object; - reads it from standard input'
            cand --tool-version 'The version of the tool that records'
            cand --runtime 'What the tool runs on, such as python/3.12.1; may be repeated'
            cand --complete 'The event that started under this id ends here; fields are its outcome'
            cand --manifest 'Use the manifest in this file'
            cand --lines 'Record one event a line of standard input, such as {"event":"run","fields":{"ok":true}}'
            cand --start 'The event starts here: prints the id that --complete takes'
            cand --best-effort 'Never fail and never say anything'
            cand -q 'Say nothing but errors on stderr'
            cand --quiet 'Say nothing but errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'telemetry;run'= {
            cand --event 'The event that starts and completes, where it is not the one that the manifest''s run names'
            cand --set 'A field of the started event, or of each beat that declares it; may be repeated'
            cand --heartbeat 'How often the manifest''s heartbeat is recorded in this run, such as 15m; never leaves it out'
            cand --tool-version 'The version of the tool that runs'
            cand --runtime 'What the tool runs on, such as python/3.12.1; may be repeated'
            cand --manifest 'Use the manifest in this file'
            cand --best-effort 'Never say anything, and run COMMAND whatever else stands before it'
            cand -q 'Say nothing but errors on stderr'
            cand --quiet 'Say nothing but errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'telemetry;flush'= {
            cand --budget 'Longest for all of it, seconds'
            cand --manifest 'Use the manifest in this file'
            cand --dry-run 'Say what would be sent, and send nothing'
            cand --now 'Try destinations again that are in trouble or asked to be left alone'
            cand --detached 'Apart from whoever starts it, and silent: what `track` starts when the manifest''s schedule says so'
            cand --json 'Print a JSON document'
            cand -q 'Say nothing but errors on stderr'
            cand --quiet 'Say nothing but errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'telemetry;init'= {
            cand --into 'Write the units of --timer into this folder, such as ~/.config/systemd/user, instead of printing them'
            cand --manifest 'Use the manifest in this file'
            cand --dry-run 'Show the change and write nothing'
            cand --timer 'For a server: print a systemd timer and a line for cron that flush by the manifest''s schedule'
            cand --json 'Print a JSON document'
            cand -q 'Say nothing but errors on stderr'
            cand --quiet 'Say nothing but errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'telemetry;manifest'= {
            cand --manifest 'Use the manifest in this file'
            cand -q 'Say nothing but errors on stderr'
            cand --quiet 'Say nothing but errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
            cand check 'Print every problem with its line, and advice'
            cand example 'Print its events as they look on the wire, in its own protocols or in any other; without FILE, a manifest to begin with'
            cand schema 'Print or write a JSON Schema for each event, as a static Iglu registry holds them'
        }
        &'telemetry;manifest;check'= {
            cand --manifest 'Use the manifest in this file'
            cand --json 'Print a JSON document'
            cand -q 'Say nothing but errors on stderr'
            cand --quiet 'Say nothing but errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'telemetry;manifest;example'= {
            cand --protocol 'As it would look in this protocol, or in all'
            cand --destination 'Only events that go to this destination'
            cand --manifest 'Use the manifest in this file'
            cand --json 'Print a JSON document'
            cand -q 'Say nothing but errors on stderr'
            cand --quiet 'Say nothing but errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'telemetry;manifest;schema'= {
            cand --into 'Write the schemas below this folder, as schemas/VENDOR/NAME/jsonschema/VERSION, instead of printing them'
            cand --vendor 'Whose schemas they are, such as com.acme, where no destination of the manifest speaks snowplow'
            cand --manifest 'Use the manifest in this file'
            cand --force 'Replace files that say something else: what is published and in use is better given a new version'
            cand --dry-run 'Say what would be written and write nothing'
            cand --json 'Print a JSON document'
            cand -q 'Say nothing but errors on stderr'
            cand --quiet 'Say nothing but errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'telemetry;doctor'= {
            cand --hash 'The digest: MD2, MD5, SHA-1, SHA-256, SHA-384 or SHA-512'
            cand --salt-file 'The salt is what stands in this file, without the end of its last line; - reads it from standard input'
            cand --salt-variable 'The salt is what this variable holds'
            cand --enrichment 'The enrichment''s own settings, with its digest and salt (pii_enrichment_config 2-0-*)'
            cand --event 'An enriched event as a JSON object; - reads it from standard input'
            cand --manifest 'Use the manifest in this file'
            cand --pseudonym 'Show the pseudonyms that the PII enrichment of a Snowplow pipeline makes'
            cand --anonymous 'The event came with the header SP-Anonymous'
            cand --json 'Print a JSON document'
            cand -q 'Say nothing but errors on stderr'
            cand --quiet 'Say nothing but errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'telemetry;tour'= {
            cand --manifest 'Use the manifest in this file'
            cand --keep 'Keep the home, and say where it is'
            cand -q 'Say nothing but errors on stderr'
            cand --quiet 'Say nothing but errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'telemetry;completions'= {
            cand --manifest 'Use the manifest in this file'
            cand -q 'Say nothing but errors on stderr'
            cand --quiet 'Say nothing but errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'telemetry;man'= {
            cand --manifest 'Use the manifest in this file'
            cand -q 'Say nothing but errors on stderr'
            cand --quiet 'Say nothing but errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
    ]
    $completions[$command]
}
