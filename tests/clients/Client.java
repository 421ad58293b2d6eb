// Java's HttpClient with its defaults: each POST without TLS carries "Upgrade: h2c".
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;

public class Client {
  static final String QUERY = "{\"query\": \"{ viewer { account { name } } }\"}";

  public static void main(String[] arguments) throws Exception {
    HttpClient client = HttpClient.newHttpClient();
    String padded = QUERY + " ".repeat(200_000);
    BodyPublisher[] bodies = {
      BodyPublishers.ofString(QUERY),
      BodyPublishers.ofString(padded),
      BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(QUERY.getBytes())),
    };
    int answers = 0;
    for (int round = 0; round < 5; round++) {
      for (BodyPublisher body : bodies) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(System.getenv("URL")))
            .header("Authorization", "Bearer " + System.getenv("TOKEN"))
            .header("Content-Type", "application/json")
            .POST(body)
            .build();
        HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
        if (response.statusCode() != 200 || !response.body().startsWith("{\"data\":{\"viewer\":")) {
          throw new AssertionError(response.statusCode() + " " + response.body());
        }
        answers++;
      }
    }
    System.out.println("Java's HttpClient: " + answers + " POSTs, with a length and in chunks");
  }
}
