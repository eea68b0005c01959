
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'telemetry' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'telemetry'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'telemetry' {
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'Use the manifest in this file')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show what is on, what is off, and why')
            [CompletionResult]::new('disable', 'disable', [CompletionResultType]::ParameterValue, 'Say no, for one tool or for all')
            [CompletionResult]::new('off', 'off', [CompletionResultType]::ParameterValue, 'Say no, for one tool or for all')
            [CompletionResult]::new('enable', 'enable', [CompletionResultType]::ParameterValue, 'Say yes for one tool, or withdraw the no for all')
            [CompletionResult]::new('on', 'on', [CompletionResultType]::ParameterValue, 'Say yes for one tool, or withdraw the no for all')
            [CompletionResult]::new('show-payload', 'show-payload', [CompletionResultType]::ParameterValue, 'Show exactly what would be sent next, and send nothing')
            [CompletionResult]::new('log', 'log', [CompletionResultType]::ParameterValue, 'Show the receipts of what was sent')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Print everything that is kept, and what waits')
            [CompletionResult]::new('forget', 'forget', [CompletionResultType]::ParameterValue, 'Ask for deletion of what was sent, and start anew')
            [CompletionResult]::new('undo', 'undo', [CompletionResultType]::ParameterValue, 'Put back the files that the latest change of a tool''s settings touched')
            [CompletionResult]::new('id', 'id', [CompletionResultType]::ParameterValue, 'Show or renew ids, or give one of your own')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the tools that are known')
            [CompletionResult]::new('track', 'track', [CompletionResultType]::ParameterValue, 'Record an event')
            [CompletionResult]::new('run', 'run', [CompletionResultType]::ParameterValue, 'Run a command, and record that it started and how it ended')
            [CompletionResult]::new('flush', 'flush', [CompletionResultType]::ParameterValue, 'Send what waits')
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Give the project here a telemetry id')
            [CompletionResult]::new('manifest', 'manifest', [CompletionResultType]::ParameterValue, 'Check a manifest, or show its events as they look on the wire')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Check what somebody else''s pipeline would store')
            [CompletionResult]::new('tour', 'tour', [CompletionResultType]::ParameterValue, 'Go the whole way once, in a home of its own')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completions of a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print a man page')
            break
        }
        'telemetry;status' {
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'Of a foreign tool: what would hold in this version')
            [CompletionResult]::new('--component', '--component', [CompletionResultType]::ParameterName, 'What PATH is, where that cannot be told from what stands in it')
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'Use the manifest in this file')
            [CompletionResult]::new('--explain', '--explain', [CompletionResultType]::ParameterName, 'Print every source in order, its answer, and where it stands')
            [CompletionResult]::new('--exit-code', '--exit-code', [CompletionResultType]::ParameterName, 'Exit with 3 when it is off')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print a JSON document')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'telemetry;disable' {
            [CompletionResult]::new('--component', '--component', [CompletionResultType]::ParameterName, 'What PATH is, where that cannot be told from what stands in it')
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'Use the manifest in this file')
            [CompletionResult]::new('--project', '--project', [CompletionResultType]::ParameterName, 'Write the no into the project''s config, for everybody who works on it')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would change in files of a project or of another program, and write nothing')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Without TOOL: change the settings of other programs as well, without asking')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print a JSON document')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'telemetry;off' {
            [CompletionResult]::new('--component', '--component', [CompletionResultType]::ParameterName, 'What PATH is, where that cannot be told from what stands in it')
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'Use the manifest in this file')
            [CompletionResult]::new('--project', '--project', [CompletionResultType]::ParameterName, 'Write the no into the project''s config, for everybody who works on it')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would change in files of a project or of another program, and write nothing')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Without TOOL: change the settings of other programs as well, without asking')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print a JSON document')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'telemetry;enable' {
            [CompletionResult]::new('--component', '--component', [CompletionResultType]::ParameterName, 'What PATH is, where that cannot be told from what stands in it')
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'Use the manifest in this file')
            [CompletionResult]::new('--local', '--local', [CompletionResultType]::ParameterName, 'Record and show events, and never send them')
            [CompletionResult]::new('--project', '--project', [CompletionResultType]::ParameterName, 'Let the project here take part: give it a telemetry id')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would change in files of another program, and write nothing')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print a JSON document')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'telemetry;on' {
            [CompletionResult]::new('--component', '--component', [CompletionResultType]::ParameterName, 'What PATH is, where that cannot be told from what stands in it')
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'Use the manifest in this file')
            [CompletionResult]::new('--local', '--local', [CompletionResultType]::ParameterName, 'Record and show events, and never send them')
            [CompletionResult]::new('--project', '--project', [CompletionResultType]::ParameterName, 'Let the project here take part: give it a telemetry id')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would change in files of another program, and write nothing')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print a JSON document')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'telemetry;show-payload' {
            [CompletionResult]::new('--destination', '--destination', [CompletionResultType]::ParameterName, 'Only this destination')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'Of somebody else''s program: as if this version were installed')
            [CompletionResult]::new('--event', '--event', [CompletionResultType]::ParameterName, 'Of somebody else''s program: this event')
            [CompletionResult]::new('--given', '--given', [CompletionResultType]::ParameterName, 'Of somebody else''s program: what no file tells, such as account-id=123456789012; may be repeated')
            [CompletionResult]::new('--component', '--component', [CompletionResultType]::ParameterName, 'What PATH is, where that cannot be told from what stands in it')
            [CompletionResult]::new('--request', '--request', [CompletionResultType]::ParameterName, 'With --capture: only the request of this number')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'With --capture: how long to wait, after the command''s end, for what it left behind')
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'Use the manifest in this file')
            [CompletionResult]::new('--raw', '--raw', [CompletionResultType]::ParameterName, 'Print the body alone, byte for byte')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print a JSON document')
            [CompletionResult]::new('--capture', '--capture', [CompletionResultType]::ParameterName, 'Run COMMAND against a receiver on this machine, and show what it really sends')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'telemetry;log' {
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Show at most so many, the newest')
            [CompletionResult]::new('--most', '--most', [CompletionResultType]::ParameterName, 'Show at most so many, the newest')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Keep receipts of the tool for so long, such as 30d; `default` is 90d. The next flush lets go of older ones')
            [CompletionResult]::new('--keep-size', '--keep-size', [CompletionResultType]::ParameterName, 'Keep receipts of the tool up to this size, such as 5MB; `default` is 20MB. The next flush lets go of older ones')
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'Use the manifest in this file')
            [CompletionResult]::new('--verify', '--verify', [CompletionResultType]::ParameterName, 'Recompute every digest over the bytes that are kept')
            [CompletionResult]::new('--bodies', '--bodies', [CompletionResultType]::ParameterName, 'Print the bodies as well')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print a JSON document')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'telemetry;export' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the document into this file, which only you may read, rather than to stdout')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the document into this file, which only you may read, rather than to stdout')
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'Use the manifest in this file')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'telemetry;forget' {
            [CompletionResult]::new('--component', '--component', [CompletionResultType]::ParameterName, 'What PATH is, where that cannot be told from what stands in it')
            [CompletionResult]::new('--given', '--given', [CompletionResultType]::ParameterName, 'Of a family of programs: what no file tells, such as account-id=123456789012, from which an id of theirs follows; may be repeated')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'Of somebody else''s tool: ask its server on this machine for its id, such as http://127.0.0.1:5080')
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'Use the manifest in this file')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'All tools that were used here')
            [CompletionResult]::new('--status', '--status', [CompletionResultType]::ParameterName, 'Follow up requests that were made before, and deliver what is open')
            [CompletionResult]::new('--sent', '--sent', [CompletionResultType]::ParameterName, 'With --status: you sent the mail or filled in the form')
            [CompletionResult]::new('--project', '--project', [CompletionResultType]::ParameterName, 'Give the project here a new id as well; it is shared with everybody who works on it')
            [CompletionResult]::new('--reports', '--reports', [CompletionResultType]::ParameterName, 'Of somebody else''s tool: take the ids out of reports of earlier runs as well, where that can be done')
            [CompletionResult]::new('--keep-evidence', '--keep-evidence', [CompletionResultType]::ParameterName, 'Keep ids and bodies in the receipts when the request is final')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be done, and do nothing')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer the question with yes')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer the question with yes')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print a JSON document')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'telemetry;undo' {
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'Use the manifest in this file')
            [CompletionResult]::new('--list', '--list', [CompletionResultType]::ParameterName, 'Show what is kept of earlier changes, and change nothing')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be put back and write nothing')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do it without asking')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print a JSON document')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'telemetry;id' {
            [CompletionResult]::new('--component', '--component', [CompletionResultType]::ParameterName, 'What PATH is, where that cannot be told from what stands in it')
            [CompletionResult]::new('--user-provided-id', '--user-provided-id', [CompletionResultType]::ParameterName, 'Give an e-mail address or a UUID of your own, to be sent with events')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'Of somebody else''s tool: ask its server on this machine for its id, such as http://127.0.0.1:5080')
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'Use the manifest in this file')
            [CompletionResult]::new('--withdraw', '--withdraw', [CompletionResultType]::ParameterName, 'Withdraw what you gave')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer the question with yes')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer the question with yes')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print a JSON document')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'telemetry;list' {
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'Use the manifest in this file')
            [CompletionResult]::new('--names', '--names', [CompletionResultType]::ParameterName, 'Print the names alone, one a line')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print a JSON document')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'telemetry;track' {
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Fields as a JSON object; - reads it from standard input')
            [CompletionResult]::new('--tool-version', '--tool-version', [CompletionResultType]::ParameterName, 'The version of the tool that records')
            [CompletionResult]::new('--runtime', '--runtime', [CompletionResultType]::ParameterName, 'What the tool runs on, such as python/3.12.1; may be repeated')
            [CompletionResult]::new('--complete', '--complete', [CompletionResultType]::ParameterName, 'The event that started under this id ends here; fields are its outcome')
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'Use the manifest in this file')
            [CompletionResult]::new('--lines', '--lines', [CompletionResultType]::ParameterName, 'Record one event a line of standard input, such as {"event":"run","fields":{"ok":true}}')
            [CompletionResult]::new('--start', '--start', [CompletionResultType]::ParameterName, 'The event starts here: prints the id that --complete takes')
            [CompletionResult]::new('--best-effort', '--best-effort', [CompletionResultType]::ParameterName, 'Never fail and never say anything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'telemetry;run' {
            [CompletionResult]::new('--event', '--event', [CompletionResultType]::ParameterName, 'The event that starts and completes, where it is not the one that the manifest''s run names')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'A field of the started event, or of each beat that declares it; may be repeated')
            [CompletionResult]::new('--heartbeat', '--heartbeat', [CompletionResultType]::ParameterName, 'How often the manifest''s heartbeat is recorded in this run, such as 15m; never leaves it out')
            [CompletionResult]::new('--tool-version', '--tool-version', [CompletionResultType]::ParameterName, 'The version of the tool that runs')
            [CompletionResult]::new('--runtime', '--runtime', [CompletionResultType]::ParameterName, 'What the tool runs on, such as python/3.12.1; may be repeated')
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'Use the manifest in this file')
            [CompletionResult]::new('--best-effort', '--best-effort', [CompletionResultType]::ParameterName, 'Never say anything, and run COMMAND whatever else stands before it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'telemetry;flush' {
            [CompletionResult]::new('--budget', '--budget', [CompletionResultType]::ParameterName, 'Longest for all of it, seconds')
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'Use the manifest in this file')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Say what would be sent, and send nothing')
            [CompletionResult]::new('--now', '--now', [CompletionResultType]::ParameterName, 'Try destinations again that are in trouble or asked to be left alone')
            [CompletionResult]::new('--detached', '--detached', [CompletionResultType]::ParameterName, 'Apart from whoever starts it, and silent: what `track` starts when the manifest''s schedule says so')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print a JSON document')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'telemetry;init' {
            [CompletionResult]::new('--into', '--into', [CompletionResultType]::ParameterName, 'Write the units of --timer into this folder, such as ~/.config/systemd/user, instead of printing them')
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'Use the manifest in this file')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show the change and write nothing')
            [CompletionResult]::new('--timer', '--timer', [CompletionResultType]::ParameterName, 'For a server: print a systemd timer and a line for cron that flush by the manifest''s schedule')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print a JSON document')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'telemetry;manifest' {
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'Use the manifest in this file')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Print every problem with its line, and advice')
            [CompletionResult]::new('example', 'example', [CompletionResultType]::ParameterValue, 'Print its events as they look on the wire, in its own protocols or in any other; without FILE, a manifest to begin with')
            [CompletionResult]::new('schema', 'schema', [CompletionResultType]::ParameterValue, 'Print or write a JSON Schema for each event, as a static Iglu registry holds them')
            break
        }
        'telemetry;manifest;check' {
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'Use the manifest in this file')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print a JSON document')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'telemetry;manifest;example' {
            [CompletionResult]::new('--protocol', '--protocol', [CompletionResultType]::ParameterName, 'As it would look in this protocol, or in all')
            [CompletionResult]::new('--destination', '--destination', [CompletionResultType]::ParameterName, 'Only events that go to this destination')
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'Use the manifest in this file')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print a JSON document')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'telemetry;manifest;schema' {
            [CompletionResult]::new('--into', '--into', [CompletionResultType]::ParameterName, 'Write the schemas below this folder, as schemas/VENDOR/NAME/jsonschema/VERSION, instead of printing them')
            [CompletionResult]::new('--vendor', '--vendor', [CompletionResultType]::ParameterName, 'Whose schemas they are, such as com.acme, where no destination of the manifest speaks snowplow')
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'Use the manifest in this file')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Replace files that say something else: what is published and in use is better given a new version')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Say what would be written and write nothing')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print a JSON document')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'telemetry;doctor' {
            [CompletionResult]::new('--hash', '--hash', [CompletionResultType]::ParameterName, 'The digest: MD2, MD5, SHA-1, SHA-256, SHA-384 or SHA-512')
            [CompletionResult]::new('--salt-file', '--salt-file', [CompletionResultType]::ParameterName, 'The salt is what stands in this file, without the end of its last line; - reads it from standard input')
            [CompletionResult]::new('--salt-variable', '--salt-variable', [CompletionResultType]::ParameterName, 'The salt is what this variable holds')
            [CompletionResult]::new('--enrichment', '--enrichment', [CompletionResultType]::ParameterName, 'The enrichment''s own settings, with its digest and salt (pii_enrichment_config 2-0-*)')
            [CompletionResult]::new('--event', '--event', [CompletionResultType]::ParameterName, 'An enriched event as a JSON object; - reads it from standard input')
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'Use the manifest in this file')
            [CompletionResult]::new('--pseudonym', '--pseudonym', [CompletionResultType]::ParameterName, 'Show the pseudonyms that the PII enrichment of a Snowplow pipeline makes')
            [CompletionResult]::new('--anonymous', '--anonymous', [CompletionResultType]::ParameterName, 'The event came with the header SP-Anonymous')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print a JSON document')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'telemetry;tour' {
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'Use the manifest in this file')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Keep the home, and say where it is')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'telemetry;completions' {
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'Use the manifest in this file')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'telemetry;man' {
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'Use the manifest in this file')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
