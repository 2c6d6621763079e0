import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;

/** Answers with the text of a class in lib and that of an asset, which lies where it was started. */
public class App {
  public static void main(String[] args) throws Exception {
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 8081), 0);
    String answer = Answer.text();
    server.createContext("/", exchange -> {
      byte[] body = (answer + " " + Files.readString(Path.of("assets/text"))).getBytes();
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
      exchange.close();
    });
    server.start();
  }
}
