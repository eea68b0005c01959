// What lightbend/config says of texts: one JSON document in, one out, in one process.
//
// In: {"cases": [{"text": "…", "load": {"namespace": "…", "properties": {…}}}, …]}; "load" is there where the text goes through the load
// sequence of Snowplow's components, with the class path's reference.conf below it; of the outcome only "telemetry" is told then.
// Out: for each either {"error": "CLASS"} or {"value": TREE}. A tree is null, a boolean, a text, a list, {"n": "NUMBER"} or {"o": {…}}.

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

public class Verdicts {
    public static void main(String[] arguments) throws Exception {
        String given = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
        StringBuilder out = new StringBuilder("[");
        for (ConfigValue value : ConfigFactory.parseString(given).getList("cases")) {
            out.append(out.length() > 1 ? ",\n" : "");
            verdict(((ConfigObject) value).toConfig(), out);
        }
        new PrintStream(System.out, true, "UTF-8").println(out.append("]"));
    }

    private static void verdict(Config given, StringBuilder out) {
        int before = out.length();
        try {
            Config config = ConfigFactory.parseString(given.getString("text")).resolve();
            if (given.hasPath("load")) {
                config = load(config, given.getConfig("load")).root().withOnlyKey("telemetry").toConfig();
            }
            write(config.root(), out.append("{\"value\":"));
            out.append("}");
        } catch (Throwable thrown) {
            out.setLength(before);
            out.append("{\"error\":\"").append(thrown.getClass().getSimpleName()).append("\"}");
        }
    }

    // ConfigParser of the Collector and of common-streams.
    private static Config load(Config config, Config how) {
        String namespace = how.hasPath("namespace") ? how.getString("namespace") : null;
        Map<String, Object> properties = how.getObject("properties").unwrapped();
        try {
            properties.forEach((name, value) -> System.setProperty(name, value.toString()));
            ConfigFactory.invalidateCaches();
            Config below = unwrapped(ConfigFactory.load(), namespace);
            return unwrapped(ConfigFactory.load(unwrapped(config.withFallback(below), namespace)), namespace);
        } finally {
            properties.keySet().forEach(System::clearProperty);
            ConfigFactory.invalidateCaches();
        }
    }

    private static Config unwrapped(Config config, String namespace) {
        boolean there = namespace != null && config.hasPath(namespace);
        return there ? config.getConfig(namespace).withFallback(config.withoutPath(namespace)) : config;
    }

    private static void write(ConfigValue value, StringBuilder out) {
        switch (value.valueType()) {
            case NULL:
            case BOOLEAN:
                out.append(value.unwrapped());
                break;
            case NUMBER:
                out.append("{\"n\":\"").append(value.unwrapped()).append("\"}");
                break;
            case STRING:
                text((String) value.unwrapped(), out);
                break;
            case LIST:
                String comma = "";
                out.append("[");
                for (ConfigValue item : (ConfigList) value) {
                    write(item, out.append(comma));
                    comma = ",";
                }
                out.append("]");
                break;
            default:
                String separator = "";
                out.append("{\"o\":{");
                for (Map.Entry<String, ConfigValue> entry : new TreeMap<>((ConfigObject) value).entrySet()) {
                    text(entry.getKey(), out.append(separator));
                    write(entry.getValue(), out.append(":"));
                    separator = ",";
                }
                out.append("}}");
        }
    }

    private static void text(String text, StringBuilder out) {
        out.append('"');
        // JSON has no half of a pair.
        boolean whole = StandardCharsets.UTF_16.newEncoder().canEncode(text);
        for (char c : (whole ? text : "\ufffd").toCharArray()) {
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < 0x20 || c > 0x7e) {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }
}
