// OpenAI's own client over HTTP and ours over gRPC, against a gateway.
//   BAILIWICK_URL=https://127.0.0.1:8081/v1 BAILIWICK_GRPC=https://127.0.0.1:8080 BAILIWICK_KEY=... BAILIWICK_CA=ca.pem SSL_CERT_FILE=ca.pem dotnet run
// BAILIWICK_KEY is an API key, or a token of an issuer that the gateway knows. The site's authority: see ../README.md.
using System.ClientModel;
using System.Security.Cryptography.X509Certificates;
using Bailiwick.Client;
using Bailiwick.Client.Answers;
using Bailiwick.Protocol.Inference.V1;
using OpenAI;
using OpenAI.Chat;
using ChatMessage = OpenAI.Chat.ChatMessage;

var (url, grpc, key) = (Required("BAILIWICK_URL"), Required("BAILIWICK_GRPC"), Required("BAILIWICK_KEY"));
using var authority = Environment.GetEnvironmentVariable("BAILIWICK_CA") is { Length: > 0 } file ? X509CertificateLoader.LoadCertificateFromFile(file) : null;

// Ours trusts exactly the root that it is given, whatever the machine trusts.
using var client = new BailiwickClient(new BailiwickClientOptions { Gateways = [new Uri(grpc)], Key = key, Authority = authority });
var model = (await client.ListModelsAsync()).First().Name;
Console.WriteLine($"model: {model}");

// OpenAI's trusts what the machine trusts (SSL_CERT_FILE).
var openAi = new OpenAIClient(new ApiKeyCredential(key), new OpenAIClientOptions { Endpoint = new Uri(url) }).GetChatClient(model);
#pragma warning disable OPENAI001 // Seed is marked as experimental by its maker.
var options = new ChatCompletionOptions { MaxOutputTokenCount = 32, Temperature = 0, Seed = 7 };
#pragma warning restore OPENAI001
ChatCompletion answer = await openAi.CompleteChatAsync([ChatMessage.CreateUserMessage("Name a city.")], options);
Console.WriteLine($"answer: {answer.Content[0].Text}");

// The same turn by gRPC: the same seed and build give the same text, and the answer survives the loss of a gateway.
var text = "";
await foreach (var part in client.ChatAsync(new ChatRequest
{
    Model = model,
    Messages = { new Message { Role = "user", Content = "Name a city." } },
    Settings = new Settings { MaxTokens = 32, Temperature = 0, Seed = 7 },
}))
{
    text += part switch { AnswerDelta delta => delta.Text, AnswerEnded ended => ended.Text, _ => "" };
}

Console.WriteLine($"by gRPC: {(text == answer.Content[0].Text ? "equal" : "different")}");

// A refusal has a code and a sentence that says what to do.
try
{
    await client.GetModelAsync("no-such-model");
    throw new InvalidOperationException("a model that does not exist was not refused");
}
catch (BailiwickException refused)
{
    Console.WriteLine($"refused: {refused.Http} {refused.Code}");
}

static string Required(string name) =>
    Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : throw new InvalidOperationException($"{name} is not set");
