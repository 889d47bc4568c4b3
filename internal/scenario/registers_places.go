package scenario

import "strings"

// places are the municipalities of the Netherlands, roughly by size: a person lives in that of rank r (from 1)
// with weight 1/(r+3).
var places = strings.Split(strings.ReplaceAll(strings.TrimSpace(`
Amsterdam,Rotterdam,Den Haag,Utrecht,Eindhoven,Groningen,Tilburg,Almere,Breda,Nijmegen,Apeldoorn,Arnhem,Haarlem,Haarlemmermeer,Enschede,Amersfoort,Zaanstad
Den Bosch,Zwolle,Leiden,Zoetermeer,Leeuwarden,Ede,Maastricht,Dordrecht,Westland,Alphen aan den Rijn,Alkmaar,Emmen,Delft,Venlo,Deventer,Helmond,Oss
Hilversum,Amstelveen,Sittard-Geleen,Sudwest-Fryslan,Nissewaard,Heerlen,Purmerend,Hoeksche Waard,Meierijstad,Gouda,Schiedam,Lelystad,Almelo,Vlaardingen
Hoorn,Altena,Velsen,Vijfheerenlanden,Assen,Capelle aan den IJssel,Hengelo,Bergen op Zoom,Veenendaal,Katwijk,Zeist,Nieuwegein,Roosendaal,Land van Cuijk
Hardenberg,Lansingerland,Smallingerland,Doetinchem,Roermond,Den Helder,Leidschendam-Voorburg,Barneveld,Krimpenerwaard,Oosterhout,Hoogeveen,Terneuzen
Heerhugowaard,Pijnacker-Nootdorp,Kampen,Woerden,Heerenveen,De Ronde Venen,Rijswijk,Weert,Houten,Goeree-Overflakkee,Heusden,Waalwijk,Utrechtse Heuvelrug
Middelburg,Barendrecht,Het Hogeland,Medemblik,Overbetuwe,Gooise Meren,Lingewaard,Zutphen,Berkelland,Kerkrade,Papendrecht,Steenwijkerland,Harderwijk
Eemsdelta,Noordoostpolder,Vlissingen,Ridderkerk,Zuidplas,Soest,Zwijndrecht,Stichtse Vecht,Etten-Leur,De Fryske Marren,Veldhoven,Dronten,Molenlanden
Zevenaar,Venray,Bronckhorst,Rheden,Nijkerk,Huizen,Wijchen,Tiel,Montferland,Hellendoorn,Noordwijk,Midden-Groningen,Rijssen-Holten,Twenterand,Wijdemeren
IJsselstein,Peel en Maas,Epe,Oude IJsselstreek,Kaag en Braassem,Teylingen,Raalte,Halderberge,Horst aan de Maas,Uden,Aalsmeer,Beverwijk,Heemskerk,Hof van Twente
Wageningen,Culemborg,Renkum,Tynaarlo,Borsele,Midden-Drenthe,Oldambt,Westerkwartier,Coevorden,Schouwen-Duiveland,Goes,Geldrop-Mierlo,Moerdijk,Gorinchem
Best,Boxtel,Valkenswaard,Dongen,Gemert-Bakel,Deurne,Someren,Asten,Bladel,Bergeijk,Eersel,Reusel-De Mierden,Oirschot,Hilvarenbeek,Goirle,Gilze en Rijen
Drimmelen,Geertruidenberg,Steenbergen,Woensdrecht,Rucphen,Zundert,Alphen-Chaam,Baarle-Nassau,Loon op Zand,Vught,Sint-Michielsgestel,Bernheze,Maashorst
Laarbeek,Son en Breugel,Nuenen,Waalre,Heeze-Leende,Cranendonck,Nederweert,Leudal,Maasgouw,Echt-Susteren,Roerdalen,Beesel,Bergen,Gennep,Mook en Middelaar
Stein,Beek,Meerssen,Eijsden-Margraten,Valkenburg aan de Geul,Gulpen-Wittem,Vaals,Simpelveld,Voerendaal,Beekdaelen,Brunssum,Landgraaf,Heumen,Beuningen
Druten,West Maas en Waal,West Betuwe,Maasdriel,Zaltbommel,Neder-Betuwe,Buren,Duiven,Westervoort,Doesburg,Rozendaal,Brummen,Voorst,Lochem,Oost Gelre,Winterswijk
Aalten,Scherpenzeel,Putten,Ermelo,Elburg,Oldebroek,Nunspeet,Hattem,Heerde,Zeewolde,Urk,Zwartewaterland,Staphorst,Dalfsen,Ommen,Olst-Wijhe,Wierden,Borne
Tubbergen,Dinkelland,Losser,Oldenzaal,Haaksbergen,Meppel,Westerveld,De Wolden,Aa en Hunze,Borger-Odoorn,Noordenveld,Veendam,Stadskanaal,Pekela,Westerwolde
Opsterland,Ooststellingwerf,Weststellingwerf,Achtkarspelen,Dantumadiel,Noardeast-Fryslan,Tytsjerksteradiel,Waadhoeke,Harlingen,Ameland,Terschelling,Vlieland
Schiermonnikoog,Texel,Hollands Kroon,Schagen,Langedijk,Opmeer,Koggenland,Stede Broec,Enkhuizen,Drechterland,Edam-Volendam,Waterland,Landsmeer,Oostzaan
Wormerland,Uitgeest,Castricum,Heiloo,Zandvoort,Bloemendaal,Heemstede,Uithoorn,Ouder-Amstel,Diemen,Blaricum,Laren,Eemnes,Baarn,Bunschoten,Leusden
Woudenberg,Renswoude,Rhenen,Wijk bij Duurstede,Bunnik,De Bilt,Oudewater,Montfoort,Lopik,Bodegraven-Reeuwijk,Waddinxveen,Nieuwkoop,Zoeterwoude,Leiderdorp,Oegstgeest
Lisse,Hillegom,Voorschoten,Wassenaar,Midden-Delfland,Maassluis,Albrandswaard,Brielle,Hellevoetsluis,Westvoorne,Krimpen aan den IJssel,Sliedrecht,Alblasserdam
Hendrik-Ido-Ambacht,Hardinxveld-Giessendam,Tholen,Reimerswaal,Kapelle,Noord-Beveland,Veere,Sluis,Hulst
`), "\n", ","), ",")
