// NOT RUN HERE: no Java is installed where this is tested. The JDK's own HTTP client; any OpenAI client for Java does as well.
//   keytool -importcert -noprompt -alias site -file ca.pem -keystore site.p12 -storetype PKCS12 -storepass changeit
//   BAILIWICK_URL=https://127.0.0.1:8081/v1 BAILIWICK_KEY=... java -Djavax.net.ssl.trustStore=site.p12 -Djavax.net.ssl.trustStorePassword=changeit Chat.java
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

class Chat {
    public static void main(String[] args) throws Exception {
        var body = """
            {"model": "smollm2-135m-instruct", "max_tokens": 32, "seed": 7, "messages": [{"role": "user", "content": "Name a city."}]}""";
        var request = HttpRequest.newBuilder(URI.create(System.getenv("BAILIWICK_URL") + "/chat/completions"))
            .header("Authorization", "Bearer " + System.getenv("BAILIWICK_KEY"))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
        var answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
        System.out.println(answer.statusCode() + " " + answer.body());
        System.out.println("receipt: " + answer.headers().firstValue("X-Bailiwick-Receipt").orElse("none"));
    }
}
