"""Is what we measure what the network does? Real engine, real pages, a network of namespaces with known delays."""
