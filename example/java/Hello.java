import java.security.MessageDigest;
import java.util.HexFormat;

public class Hello {
    public static void main(String[] args) throws Exception {
        byte[] sum = MessageDigest.getInstance("SHA-256").digest("hello".getBytes());
        System.out.println(HexFormat.of().formatHex(sum));
    }
}
