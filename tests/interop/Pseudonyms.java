import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;

/** Digests by Java's own MessageDigest: each line of standard input is a function's name, a blank, and bytes in hex. */
class Pseudonyms {
    public static void main(String[] none) throws Exception {
        var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        var out = new StringBuilder();
        for (String line; (line = lines.readLine()) != null;) {
            var parts = line.split(" ", -1);
            var bytes = HexFormat.of().parseHex(parts[1]);
            out.append(HexFormat.of().formatHex(MessageDigest.getInstance(parts[0]).digest(bytes))).append('\n');
        }
        System.out.print(out);
    }
}
