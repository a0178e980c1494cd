using System.Text.Json;

namespace Bailiwick.Silo.Api.Responses;

/// <summary>One item of what a response is made from, checked. An answer's items become such when they are history.</summary>
/// <param name="Id">As the client gave it; null = none.</param>
internal abstract record InputItem(string? Id)
{
    /// <summary>The item as `input_items` lists it.</summary>
    public void Write(Utf8JsonWriter json, string id)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, id);
        json.WriteString("type"u8, Type);
        json.WriteString("status"u8, "completed"u8);
        WriteFields(json);
        json.WriteEndObject();
    }

    protected abstract string Type { get; }

    protected abstract void WriteFields(Utf8JsonWriter json);
}

/// <param name="Id">As given.</param>
/// <param name="Role">`system`, `developer`, `user` or `assistant`.</param>
/// <param name="Parts">Texts, in order.</param>
internal sealed record MessageItem(string? Id, string Role, IReadOnlyList<string> Parts) : InputItem(Id)
{
    protected override string Type => "message";

    protected override void WriteFields(Utf8JsonWriter json)
    {
        json.WriteString("role"u8, Role);
        json.WriteStartArray("content"u8);
        foreach (var part in Parts)
        {
            json.WriteStartObject();
            if (Role == "assistant")
            {
                json.WriteString("type"u8, "output_text"u8);
                json.WriteString("text"u8, part);
                json.WriteStartArray("annotations"u8);
                json.WriteEndArray();
            }
            else
            {
                json.WriteString("type"u8, "input_text"u8);
                json.WriteString("text"u8, part);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}

/// <param name="Id">As given.</param>
/// <param name="CallId">What its result is given for.</param>
/// <param name="Name">The function.</param>
/// <param name="Arguments">JSON text.</param>
internal sealed record CallItem(string? Id, string CallId, CallName Name, string Arguments) : InputItem(Id)
{
    protected override string Type => "function_call";

    protected override void WriteFields(Utf8JsonWriter json)
    {
        json.WriteString("call_id"u8, CallId);
        json.WriteString("name"u8, Name.Name);
        if (Name.Namespace is { } ns)
        {
            json.WriteString("namespace"u8, ns);
        }

        json.WriteString("arguments"u8, Arguments);
    }
}

/// <param name="Id">As given.</param>
/// <param name="CallId">Of the call.</param>
/// <param name="Output">What the function gave.</param>
internal sealed record ResultItem(string? Id, string CallId, string Output) : InputItem(Id)
{
    protected override string Type => "function_call_output";

    protected override void WriteFields(Utf8JsonWriter json)
    {
        json.WriteString("call_id"u8, CallId);
        json.WriteString("output"u8, Output);
    }
}

/// <summary>What a model thought before the next item, in words.</summary>
/// <param name="Id">As given.</param>
/// <param name="Text">In words; empty where the client has none.</param>
internal sealed record ReasoningItem(string? Id, string Text) : InputItem(Id)
{
    protected override string Type => "reasoning";

    protected override void WriteFields(Utf8JsonWriter json)
    {
        json.WriteStartArray("summary"u8);
        json.WriteEndArray();
        json.WriteStartArray("content"u8);
        json.WriteStartObject();
        json.WriteString("type"u8, "reasoning_text"u8);
        json.WriteString("text"u8, Text);
        json.WriteEndObject();
        json.WriteEndArray();
    }
}

/// <summary>An item of a stored response; replaced by what it names before anything is made of it.</summary>
/// <param name="Item">Its id.</param>
/// <param name="Field">Where the request names it.</param>
internal sealed record ReferenceItem(string Item, string Field) : InputItem(Item)
{
    protected override string Type => "item_reference";

    protected override void WriteFields(Utf8JsonWriter json)
    {
    }
}
